import type { Code, CodeFile } from '@codegen/pipeline';
import { check } from '@codegen/sandbox';

/** The texts to parse: each file alone and, if it is a block without a name, together with the others of its language. */
function textsOf({ language, files }: Code) {
  const program = files.filter(({ inText }) => inText);
  const languageOf = (file: CodeFile) => file.language ?? language;
  return program.map((file) => {
    const isPart = (one: CodeFile) => one.name === null && languageOf(one) === languageOf(file);
    const parts = file.name === null ? program.filter(isPart) : [file];
    const together = parts.map(({ content }) => content).join('\n\n');
    return { name: file.name, language: languageOf(file), alone: file.content, together };
  });
}

/**
 * Where and why the code does not parse, such as `src/app.py, line 3: unexpected "foo"`. Null if it parses or cannot be
 * judged. A block without a name may be a part of a program: it counts only if the parts do not parse together either.
 */
export async function checkSyntax(code: Code): Promise<string | null> {
  const texts = textsOf(code);
  const faults = await check(
    texts.flatMap(({ language, alone, together }) => [
      { language, text: alone },
      { language, text: together },
    ]),
  );
  for (const [index, { name }] of texts.entries()) {
    const fault = faults[index * 2];
    if (!fault || !faults[index * 2 + 1]) continue;
    return `${name === null ? '' : `${name}, `}line ${fault.line}: ${fault.message}`;
  }
  return null;
}
