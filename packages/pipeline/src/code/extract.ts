import { type CodeBlock, isEditText } from './block-kind.ts';
import { buildCode, type Code } from './code.ts';
import { nameFromComment, nameFromInfo, nameFromLeads } from './file-name.ts';
import { type IgnoredBlock, IgnoredBlocks } from './ignored.ts';
import { isKnownLanguage, languageOf, languageOfFile } from './language.ts';
import { type Fenced, readMarkdown } from './markdown.ts';
import { normalizeAnswer } from './normalize/normalize.ts';
import { unwrapCode } from './normalize/unwrap.ts';
import { readPlainCode } from './plain-code.ts';
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
  const blocks = fenced.map(toBlock).filter(({ file }) => file.content !== '');
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

/** A fenced block with its name and language, without blank lines around its content. */
export function toBlock({ info, leads, content: raw }: Omit<Fenced, 'lines'>): CodeBlock {
  const content = trimBlank(raw);
  const declared = languageOf(info);
  const name = nameFromInfo(info) ?? nameFromLeads(leads, declared) ?? nameFromComment(content, declared);
  const language = declared ?? (name === null ? null : languageOfFile(name));
  return { file: { name, language, content }, leads };
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
  return content === null ? null : toBlock({ info: '', leads: [], content });
}

const trimBlank = (text: string) => text.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd();
