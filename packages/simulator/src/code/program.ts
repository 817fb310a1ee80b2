import { type Language, languageByTag, python } from './language.ts';

/** Code in a language; the language's tag is kept even where nothing else is known of it. */
export interface Program {
  readonly tag: string;
  readonly code: string;
}

const fencedBlock = /^(`{3,})([^\n`]*)\n([\s\S]*?)\n?^\1`*[ \t]*$/m;

/** The first fenced block of a text, else all of it as code of the language expected. */
export function readProgram(text: string, expected: Language): Program {
  const block = fencedBlock.exec(text);
  if (!block) return { tag: expected.tag, code: text.trim() };
  return { tag: block[2]?.trim() || expected.tag, code: block[3] ?? '' };
}

/** The lines first, as comments, then the code without its former copies of those lines. */
export function withComments(program: Program, lines: readonly string[]): Program {
  const { comment } = languageByTag(program.tag) ?? python;
  const comments = lines.map(comment);
  const isUnmarked = comments.every((line) => !program.code.includes(line));
  const rest = isUnmarked
    ? program.code
    : program.code
        .split('\n')
        .filter((line) => !comments.includes(line))
        .join('\n');
  return { tag: program.tag, code: `${comments.join('\n')}\n${rest}` };
}

/** As a model would hand it over: a sentence, one fenced block, a sentence. */
export function present({ tag, code }: Program, before: string, after: string): string {
  const longest = Math.max(2, ...(code.match(/`{3,}/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${before}\n\n${fence}${tag}\n${code}\n${fence}\n\n${after}`;
}
