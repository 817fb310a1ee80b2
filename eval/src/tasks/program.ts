import type { Language, Program } from '@codegen/sandbox';

const EXTENSIONS: Record<Language, string> = { python: 'py', javascript: 'js', typescript: 'ts' };

/** A program that is one file. */
export const programOf = (language: Language, content: string): Program => ({
  language,
  files: [{ name: `main.${EXTENSIONS[language]}`, content }],
});
