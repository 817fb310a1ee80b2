import { fileNameOf, type Language, type Program } from '@codegen/sandbox';

export const programOf = (language: Language, content: string): Program => ({
  language,
  files: [{ name: fileNameOf(language), content }],
});
