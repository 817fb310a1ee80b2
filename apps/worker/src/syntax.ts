import type { Code } from '@codegen/pipeline';
import { check, type SourceText } from '@codegen/sandbox';

type Block = SourceText & { readonly name: string | null };

/**
 * Where and why the code does not parse, such as `src/app.py, line 3: unexpected "foo"`. Null if it parses or cannot be
 * judged. A block without a name may be a part of a program: it counts only if the blocks of its language do not parse
 * together either.
 */
export async function checkSyntax({ language, files }: Code): Promise<string | null> {
  const program = files
    .filter(({ inText }) => inText)
    .map((file) => ({ name: file.name, language: file.language ?? language, text: file.content }));
  const faults = await check(program);
  const suspects = program.filter(({ name }, index) => name === null && faults[index]);
  const languages = [...new Set(suspects.map((suspect) => suspect.language))];
  const jointFaults = await check(
    languages.map((one) => ({ language: one, text: joinBlocks(program, one) })),
  );
  for (const [index, { name, language: own }] of program.entries()) {
    const fault = faults[index];
    if (!fault || (name === null && !jointFaults[languages.indexOf(own)])) continue;
    return `${name === null ? '' : `${name}, `}line ${fault.line}: ${fault.message}`;
  }
  return null;
}

const joinBlocks = (program: readonly Block[], language: string | null) =>
  program
    .filter((block) => block.name === null && block.language === language)
    .map(({ text }) => text)
    .join('\n\n');
