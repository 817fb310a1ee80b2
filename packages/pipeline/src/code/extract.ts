import { type CodeBlock, isEditText } from './block-kind.ts';
import { buildCode, type Code } from './code.ts';
import { nameFromComment, nameFromInfo, nameFromLeads } from './file-name.ts';
import { type IgnoredBlock, IgnoredBlocks } from './ignored.ts';
import { isKnownLanguage, languageOf, languageOfFile } from './language.ts';
import { type Fenced, readMarkdown } from './markdown.ts';
import { normalizeAnswer } from './normalize/normalize.ts';
import { unwrapCode } from './normalize/unwrap.ts';
import { isDecision, isErrorMessage, isRefusal, readPlainCode } from './plain-code.ts';
import { selectBlocks } from './selection.ts';

/** The code of an answer, and the blocks that are no part of it. */
export interface ReadAnswer {
  readonly code: Code | null;
  readonly ignored: readonly IgnoredBlock[];
  /** Whether there is no code because the program leaves out parts of itself. */
  readonly isElided: boolean;
}

/** The code of a model's answer: see `readAnswer`. */
export const extractCode = (text: string): Code | null => readAnswer(text).code;

/**
 * Extracts the code from a model's answer. Null if there is none, or only an edit of code that is not in the answer.
 * Never throws. Linear in the length of the answer.
 *
 * The rules are in docs/answers.md. A block loses leading blank lines and trailing white space. A fenced block is code
 * whatever it contains. An answer without one has to look like code: see `readPlainCode`.
 */
export function readAnswer(text: string): ReadAnswer {
  const { blocks: fenced, rest } = readMarkdown(unwrapCode(normalizeAnswer(text)));
  const blocks = codeBlocks(fenced).filter((block) => block.file.content !== '');
  if (blocks.length === 0) {
    const plain = readUnfenced(rest);
    if (plain !== null) blocks.push(plain);
  }
  const ignored = new IgnoredBlocks();
  const selected = selectBlocks(blocks, ignored);
  if (selected === 'elided') return { code: null, ignored: ignored.list, isElided: true };
  const files = selected.map(({ block, inText }) => ({ ...block.file, inText }));
  const code = files.some(({ inText }) => inText) ? buildCode(files) : null;
  return { code, ignored: ignored.list, isElided: false };
}

/**
 * The Markdown document that an answer is, from its title (`# …`) on. Null if a block of the answer is a document, or if
 * there is no title outside of the blocks.
 */
export function readDocument(text: string): Code | null {
  const answer = unwrapCode(normalizeAnswer(text));
  const { blocks } = readMarkdown(answer);
  if (blocks.some((block) => toBlock(block).file.language === 'markdown')) return null;
  const lines = answer.split('\n');
  const first = lines.findIndex((line) => /^# \S/.test(line));
  if (first < 0 || blocks.some((block) => block.lines[0] < first)) return null;
  const content = lines.slice(first).join('\n').trimEnd();
  return buildCode([{ name: null, language: 'markdown', content, inText: true }]);
}

/** A fenced block with its name and language, without blank lines around its content. */
export function toBlock({ info: given, leads, content: raw }: Omit<Fenced, 'lines'>): CodeBlock {
  const { info, content } = labelled(given, trimBlank(raw));
  const declared = languageOf(info);
  const named = nameFromInfo(info) ?? nameFromLeads(leads, declared) ?? nameFromComment(content, declared);
  // One form of its characters, so that one file has one name.
  const name = named?.normalize() ?? null;
  const language = declared ?? (name === null ? null : languageOfFile(name));
  return { file: { name, language, content }, leads };
}

/** A language alone on the first line of a block without an info string is its info string. */
function labelled(info: string, content: string): { info: string; content: string } {
  const [, first = '', others = ''] = /^([a-zA-Z+#]{1,20})[ \t]*\n([\s\S]+)$/.exec(content) ?? [];
  const isLabel = info === '' && LABELS.test(first) && readPlainCode(others) !== null;
  return isLabel ? { info: first, content: trimBlank(others) } : { info, content };
}

const LABELS =
  /^(?:python|javascript|typescript|bash|sql|html|css|ruby|rust|php|java|golang|c\+\+|cpp|c#|csharp|json|yaml|jsx|tsx|kotlin|swift|dockerfile)$/i;

/** The blocks of an answer without refusals. None if no block is code: next to code, an error message is its output. */
export function codeBlocks(fenced: readonly Fenced[]): CodeBlock[] {
  const blocks = fenced.map(toBlock).filter((block) => !holdsOnly(isRefusal, block));
  return blocks.every((block) => holdsOnly(isNoCode, block)) ? [] : blocks;
}

const isNoCode = (text: string) => isErrorMessage(text) || isDecision(text);

/** Whether a block holds nothing but such a text, as it is or as a comment. */
function holdsOnly(is: (text: string) => boolean, { file: { language, name, content } }: CodeBlock): boolean {
  if (name !== null || !is(content)) return false;
  return (
    language === null ||
    /^(?:text|markdown|output|json)$/.test(language) ||
    content.split('\n').every((line) => /^(?:#|\/\/|--)/.test(line))
  );
}

/** Code without a fence. A language alone on the first line names it. */
export function readUnfenced(rest: string): CodeBlock | null {
  const text = trimBlank(rest);
  if (isEditText(text)) return null;
  const [first = '', ...others] = text.split('\n');
  const isLabel =
    others.length > 0 && /^[a-zA-Z+#]{1,20}$/.test(first.trim()) && isKnownLanguage(first.trim());
  const plain = isLabel ? readPlainCode(others.join('\n')) : null;
  if (plain !== null) return toBlock({ info: first.trim(), leads: [], content: plain });
  const content = readPlainCode(text);
  return content === null
    ? null
    : toBlock({ info: '', leads: [], content: content === text ? content : outdentAll(content) });
}

/** Code without the indentation that all its lines have. */
function outdentAll(code: string): string {
  const lines = code.split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^[ \t]*/.exec(line)![0]);
  const least = indents.reduce((a, b) => (a.length <= b.length ? a : b), indents[0] ?? '');
  if (least === '' || !indents.every((indent) => indent.startsWith(least))) return code;
  return lines.map((line) => line.slice(least.length)).join('\n');
}

const trimBlank = (text: string) => text.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd();
