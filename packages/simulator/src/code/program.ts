import { type Language, languageByTag, python } from './language.ts';

/** Part of every canned answer, so that none can be mistaken for a model's. */
export const mark = 'Simulated answer: no model was asked.';

/** Code with the tag of its language, which may be unknown. */
export interface Program {
  readonly tag: string;
  readonly code: string;
}

const fencedBlock = /^(`{3,})([^\n`]*)\n([\s\S]*?)\n?^\1`*[ \t]*$/m;

/** The first fenced block of a text, else the whole text as code in the expected language. */
export function readProgram(text: string, expected: Language): Program {
  const block = fencedBlock.exec(text);
  if (!block) return { tag: expected.tag, code: text.trim() };
  return { tag: block[2]?.trim() || expected.tag, code: block[3] ?? '' };
}

/** Puts the lines as comments before the code and removes earlier copies of them. */
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

/** Formats code like a model's answer: a sentence, one fenced block, a sentence. */
export function present({ tag, code }: Program, before: string, after: string): string {
  const longest = Math.max(2, ...(code.match(/`{3,}/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${before}\n\n${fence}${tag}\n${code}\n${fence}\n\n${after}`;
}

/**
 * Shortens untrusted text to one line that is safe in a comment of any language: without line ends, comment ends,
 * fences, escapes (`\u000a` ends a comment in Java) and bidirectional controls.
 */
export function quote(text: string, length = 200): string {
  return text
    .slice(0, length * 4)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(/\p{Bidi_Control}/gu, '')
    .replaceAll('\\', '/')
    .replaceAll('`', "'")
    .replaceAll('*/', '* /')
    .replace(/(--!?)>/g, '$1 >')
    .trim()
    .slice(0, length)
    .replace(/\p{Surrogate}/gu, '');
}

/**
 * Renames the placeholder `solve_request`, in all its spellings, after the request. The name has at least two words,
 * because a single word could be a keyword of the language.
 */
export function stub(code: string, meaningful: readonly string[]): string {
  const words = meaningful
    .map((word) => word.replace(/[^a-z0-9]/g, ''))
    .filter((word) => /^[a-z]/.test(word));
  const name = words.slice(0, 4);
  if (name.length < 2) name.unshift('solve');
  if (name.length < 2) name.push('request');
  const pascal = name.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return code
    .replaceAll('solve_request', name.join('_'))
    .replaceAll('solveRequest', pascal.charAt(0).toLowerCase() + pascal.slice(1))
    .replaceAll('SolveRequest', pascal);
}
