import { type CodeBlock, kindOf } from '../block-kind.ts';
import { type Code, similarity } from '../code.ts';
import { hasElision } from '../elision.ts';
import { codeBlocks, readUnfenced } from '../extract.ts';
import { nameFromLeads, safeFileName } from '../file-name.ts';
import { type IgnoredBlock, IgnoredBlocks } from '../ignored.ts';
import { languageOfFile } from '../language.ts';
import { readMarkdown } from '../markdown.ts';
import { normalizeAnswer } from '../normalize/normalize.ts';
import { unwrapCode } from '../normalize/unwrap.ts';
import { selectBlocks } from '../selection.ts';
import { codeOfFiles, defaultName, type SourceFile } from '../source-file.ts';
import { likeBefore } from './line-ends.ts';
import { applyReplacement, type Replacement, readReplacements } from './replacement.ts';

/** The code after an answer that changes it. */
export interface EditedCode {
  readonly code: Code;
  readonly ignored: readonly IgnoredBlock[];
}

/** An answer that cannot be applied. The message says why. */
export class EditError extends Error {
  override readonly name = 'EditError';
}

/** `Delete file: src/old.py`, also in bold, in a list, or with the name as a code span. */
const DELETION =
  /^[\s>*-]{0,8}(?:delete|remove)(?:d)? (?:the )?file\**\s{0,2}:\**\s{0,2}`?([^`*\n]{1,200}?)`?\**\s*$/i;

/**
 * Applies an answer to files: whole files, search and replace blocks, deletions and new files. All other files stay as
 * they are. The rules are in docs/answers.md.
 * @param partlySeen files whose whole content the model has not seen: it can change them by search and replace only
 * @throws EditError if the answer has no code, or it is not certain what it changes
 */
export function applyAnswer(
  answer: string,
  files: readonly SourceFile[],
  partlySeen: ReadonlySet<string> = new Set(),
): EditedCode {
  const { blocks: fenced, rest } = readMarkdown(unwrapCode(normalizeAnswer(answer)));
  const edit = new Edit(files, partlySeen);
  const whole: CodeBlock[] = [];
  for (const block of codeBlocks(fenced)) {
    if (!edit.replaceIn(block.file.content, block.file.name)) whole.push(block);
  }
  edit.replaceIn(rest, null);
  const ignored = new IgnoredBlocks();
  const plain = fenced.length === 0 && edit.isUntouched ? readUnfenced(rest) : null;
  for (const file of wholeFiles(plain === null ? whole : [plain], edit, ignored)) edit.write(file);
  for (const line of rest.split('\n')) {
    const name = DELETION.exec(line)?.[1];
    if (name !== undefined) edit.delete(name.trim());
  }
  return { code: codeOfFiles(edit.result()), ignored: ignored.list };
}

type WholeFile = CodeBlock['file'] & {
  /** The answer has no other whole file. */
  readonly isOnly?: boolean;
};

/** The whole files among the blocks of an answer. */
function wholeFiles(blocks: readonly CodeBlock[], edit: Edit, ignored: IgnoredBlocks): readonly WholeFile[] {
  if (blocks.some(isDiff)) {
    throw new EditError('the answer has a diff in place of whole files or search and replace');
  }
  // These are files whatever they contain: a page may show a diff.
  const isFile = (block: CodeBlock) =>
    kindOf(block) === 'edit' ||
    edit.hasElision(block.file.name) ||
    (isEmpty(block) && block.file.name !== null);
  const selected = selectBlocks(
    blocks.filter((block) => !isFile(block)),
    ignored,
  );
  if (selected === 'elided') throw new EditError('a comment stands for a part of a file');
  const parts = selected.filter(({ block, inText }) => block.file.name !== null || inText);
  const all = [...parts.map(({ block }) => block), ...blocks.filter(isFile)].map(({ file }) => file);
  return all.map((file) => ({ ...file, isOnly: all.length === 1 }));
}

const isEmpty = ({ file }: CodeBlock) => file.content === '';

const isDiff = (block: CodeBlock) =>
  kindOf(block) === 'edit' && languageOfFile(block.file.name ?? '') !== 'markdown';

/** Files while an answer is applied to them. */
class Edit {
  readonly #before: ReadonlyMap<string, string>;
  /** Names by their composed form (NFC). A model may write another form than the system of the files. */
  readonly #composed: ReadonlyMap<string, string>;
  readonly #partlySeen: ReadonlySet<string>;
  readonly #now: Map<string, string>;
  readonly #written = new Set<string>();
  #isTouched = false;

  constructor(files: readonly SourceFile[], partlySeen: ReadonlySet<string>) {
    this.#before = new Map(files.map(({ name, content }) => [name, content]));
    this.#composed = new Map(files.map(({ name }) => [name.normalize(), name]));
    this.#now = new Map(this.#before);
    this.#partlySeen = partlySeen;
  }

  get isUntouched() {
    return !this.#isTouched;
  }

  knows(name: string | null): boolean {
    return name !== null && this.#before.has(name);
  }

  /** Whether a file had a comment that stands for a part of it before the answer. */
  hasElision(name: string | null): boolean {
    const before = this.#before.get(name ?? '');
    return before !== undefined && hasElision(before);
  }

  /** Applies the search and replace blocks in a text. False if it has none. */
  replaceIn(text: string, name: string | null): boolean {
    const parts = readReplacements(text);
    if (parts === null) throw new EditError('a search and replace block has no end, or there are too many');
    let current = name;
    for (const { leads, replacement } of parts) {
      current = this.#nameIn(leads) ?? current;
      this.#replace(current, replacement);
    }
    return parts.length > 0;
  }

  /** The name in the lines before a block. */
  #nameIn(leads: readonly string[]): string | null {
    const lines = leads.filter((line) => line.trim() !== '');
    const last = (lines.at(-1) ?? '').trim().replace(/^[`*#\s]+|[`*:\s]+$/g, '');
    return this.knows(last) ? last : nameFromLeads(lines, null);
  }

  #replace(given: string | null, replacement: Replacement): void {
    const [only] = this.#now.keys();
    const name = given ?? (this.#now.size === 1 ? only! : null);
    if (name === null) throw new EditError('a search and replace block does not name its file');
    const target = this.#existing(name) ?? name;
    const before = this.#now.get(target) ?? '';
    const isCrlf = usesCrlf(before);
    const lines = (isCrlf ? before.replaceAll('\r\n', '\n') : before).split('\n');
    const applied = applyReplacement(lines, replacement);
    if (applied === 'missing') throw new EditError(`the text to replace is not in ${target}`);
    if (applied === 'ambiguous') throw new EditError(`the text to replace is in ${target} more than once`);
    this.#set(target, applied.join(isCrlf ? '\r\n' : '\n'));
  }

  write({ name: given, language, content, isOnly = false }: WholeFile): void {
    const name = given === null ? this.#nameFor(language, content, isOnly) : this.#nameLike(given, content);
    const before = this.#before.get(name);
    if (before !== undefined) {
      if (content === '' && before !== '') throw new EditError(`${name} would become empty`);
      if (this.#partlySeen.has(name)) throw new EditError(`${name} is too long to be written whole`);
    }
    this.#set(name, before === undefined ? content : likeBefore(content, before));
  }

  /** The file that code without a name belongs to. */
  #nameFor(language: string | null, content: string, isOnly: boolean): string {
    const [only] = this.#before.keys();
    if (this.#before.size === 1 && isOnly && only !== undefined) {
      const own = languageOfFile(only);
      if (language === null || own === null || language === own) return only;
      // The program in another language.
      this.#now.delete(only);
      return defaultName(language);
    }
    const name = this.#mostSimilar(content);
    if (name === null) throw new EditError('the answer does not name the file of its code');
    return name;
  }

  /** The file that a name without its folder means, if their contents are alike. Else the name itself. */
  #nameLike(name: string, content: string): string {
    if (this.#before.has(name)) return name;
    const same = this.#composed.get(name.normalize());
    if (same !== undefined) return same;
    const likely = this.#existing(name);
    return likely !== null && similarity(this.#before.get(likely) ?? '', content) >= MIN_SIMILARITY
      ? likely
      : name;
  }

  /** The only file with this path, or whose path ends with it. */
  #existing(name: string): string | null {
    if (this.#now.has(name)) return name;
    const composed = name.normalize();
    const same = this.#composed.get(composed);
    if (same !== undefined) return same;
    const alike = [...this.#composed].filter(([one]) => one.endsWith(`/${composed}`));
    return alike.length === 1 ? (alike[0]?.[1] ?? null) : null;
  }

  #mostSimilar(content: string): string | null {
    const [first, second] = [...this.#before]
      .filter(([name]) => !this.#written.has(name))
      .map(([name, before]) => ({ name, like: similarity(before, content) }))
      .toSorted((a, b) => b.like - a.like);
    if (first === undefined || first.like < MIN_SIMILARITY || first.like === second?.like) return null;
    return first.name;
  }

  #set(name: string, content: string): void {
    this.#now.set(name, content);
    this.#written.add(name);
    this.#isTouched = true;
  }

  delete(text: string): void {
    const given = safeFileName(text);
    const name = given && (this.#composed.get(given.normalize()) ?? given);
    if (name === null || this.#written.has(name) || !this.#now.delete(name)) return;
    this.#isTouched = true;
  }

  result(): SourceFile[] {
    if (!this.#isTouched) throw new EditError('the answer contains no code');
    if (this.#now.size === 0) throw new EditError('the answer deletes every file');
    return [...this.#now].map(([name, content]) => ({ name, content }));
  }
}

/** With a lower similarity, code is another file. */
const MIN_SIMILARITY = 0.5;

const usesCrlf = (text: string) => text.includes('\r\n') && !/(?<!\r)\n/.test(text);
