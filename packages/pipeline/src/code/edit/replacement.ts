/** A search and replace block. Its lines stand between its markers. */
export interface Replacement {
  readonly lines: readonly string[];
  /** Where the text to find may end: the lines that consist of `=======`. */
  readonly dividers: readonly number[];
}

const START = /^\s{0,3}<{5,9}(?: ?(?:SEARCH|ORIGINAL|HEAD|OLD|BEFORE|CURRENT)\b.*)?\s*$/i;
const DIVIDER = /^\s{0,3}={5,9}\s*$/;
const END = /^\s{0,3}>{5,9}(?: ?(?:REPLACE|UPDATED|NEW|AFTER|END)\b.*)?\s*$/i;

/** More blocks in one answer are no edit. It bounds the time to apply them. */
const MAX_REPLACEMENTS = 200;
const MAX_DIVIDERS = 8;

/** A part of a text: blocks, or the lines before them. */
interface Part {
  /** The lines since the block before. */
  readonly leads: readonly string[];
  readonly replacement: Replacement;
}

/** The search and replace blocks of a text, in order. Null if one has no end, or there are too many. */
export function readReplacements(text: string): Part[] | null {
  const parts: Part[] = [];
  let leads: string[] = [];
  let block: { lines: string[]; dividers: number[] } | null = null;
  for (const line of text.split('\n')) {
    if (block === null) {
      if (START.test(line)) block = { lines: [], dividers: [] };
      else leads.push(line);
    } else if (END.test(line) && block.dividers.length > 0) {
      parts.push({ leads, replacement: block });
      leads = [];
      block = null;
    } else {
      if (DIVIDER.test(line)) block.dividers.push(block.lines.length);
      block.lines.push(line);
    }
  }
  const isSound = parts.every(({ replacement }) => replacement.dividers.length <= MAX_DIVIDERS);
  return block === null && isSound && parts.length <= MAX_REPLACEMENTS ? parts : null;
}

/** Why a block was not applied. */
type Mismatch = 'missing' | 'ambiguous';

/**
 * Applies a block to the lines of a file. The text to find must occur once: exactly, else apart from white space at
 * the end of its lines, else apart from indentation, which the new text then gets too. Linear in the length of both.
 */
export function applyReplacement(
  file: readonly string[],
  { lines, dividers }: Replacement,
): readonly string[] | Mismatch {
  let mismatch: Mismatch = 'missing';
  for (const divider of dividers) {
    const applied = replaceOnce(file, lines.slice(0, divider), lines.slice(divider + 1));
    if (typeof applied !== 'string') return applied;
    if (applied === 'ambiguous') mismatch = applied;
  }
  return mismatch;
}

const exact = (line: string) => line;
const withoutEnd = (line: string) => line.trimEnd();
const withoutIndentation = (line: string) => line.trim();

function replaceOnce(
  file: readonly string[],
  search: readonly string[],
  replace: readonly string[],
): readonly string[] | Mismatch {
  if (search.every((line) => line.trim() === '')) {
    return file.every((line) => line.trim() === '') ? replace : 'missing';
  }
  for (const keyOf of [exact, withoutEnd, withoutIndentation]) {
    const trims = keyOf === withoutIndentation;
    const [wanted, replacement] = trims ? [trimBlank(search), trimBlank(replace)] : [search, replace];
    const found = occurrences(file.map(keyOf), wanted.map(keyOf));
    if (found.length > 1) return 'ambiguous';
    const [at] = found;
    if (at === undefined) continue;
    const indented = trims ? reindent(replacement, wanted[0]!, file[at]!) : replacement;
    return [...file.slice(0, at), ...indented, ...file.slice(at + wanted.length)];
  }
  return 'missing';
}

/** Lines without blank ones at both ends. */
function trimBlank(lines: readonly string[]): readonly string[] {
  const isText = (line: string) => line.trim() !== '';
  const first = lines.findIndex(isText);
  return first < 0 ? [] : lines.slice(first, lines.findLastIndex(isText) + 1);
}

const indentationOf = (line: string) => /^\s*/.exec(line)![0];

/** Lines indented like a line of the file, instead of like the line that was searched for. */
function reindent(lines: readonly string[], searched: string, found: string): string[] {
  const [from, to] = [indentationOf(searched), indentationOf(found)];
  return lines.map((line) =>
    line.trim() !== '' && line.startsWith(from) ? to + line.slice(from.length) : line,
  );
}

/** The first two places at which all lines of `wanted` stand in `lines` (Knuth, Morris and Pratt). */
function occurrences(lines: readonly string[], wanted: readonly string[]): number[] {
  const borders: number[] = [0];
  for (let i = 1, border = 0; i < wanted.length; i++) {
    while (border > 0 && wanted[i] !== wanted[border]) border = borders[border - 1]!;
    if (wanted[i] === wanted[border]) border++;
    borders.push(border);
  }
  const found: number[] = [];
  for (let i = 0, matched = 0; i < lines.length && found.length < 2; i++) {
    while (matched > 0 && lines[i] !== wanted[matched]) matched = borders[matched - 1]!;
    if (lines[i] === wanted[matched]) matched++;
    if (matched === wanted.length) {
      found.push(i - matched + 1);
      matched = borders[matched - 1]!;
    }
  }
  return found;
}
