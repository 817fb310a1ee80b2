import { FenceScanner } from './fence.ts';

const TAG = /<(\/?)\s{0,4}think(?:ing)?\s{0,4}>/gi;

/** `startsLine`: only white space, or another closing tag, precedes it on its line. */
interface Tag {
  readonly from: number;
  readonly to: number;
  readonly closing: boolean;
  readonly startsLine: boolean;
}

/**
 * Removes the model's reasoning: `<think>…</think>` and `<thinking>…</thinking>`, in any case, any number of times.
 *
 * - Reasoning ends at the first closing tag outside the fenced blocks that begin within the reasoning. Without one, it
 *   ends at the first closing tag (a block was cut off), and without any closing tag at the end of the text.
 * - A closing tag without an opening tag removes everything before it.
 * - A tag inside a fenced block of the answer is code. Elsewhere, a tag in quotes, in a code span or in a regular
 *   expression is a mention and is kept, as is an opening tag within a line that is never closed.
 *
 * A text without reasoning is returned unchanged. Otherwise leading blank lines and trailing white space are removed too.
 */
export function stripReasoning(text: string): string {
  const tags = readTags(text);
  const scanner = new FenceScanner();
  let kept = '';
  let at = 0;
  let fed = 0;
  // If one search fails, all later ones fail. Without this flag hostile input takes quadratic time.
  let noneAhead = false;

  for (let i = 0; i < tags.length; i++) {
    const tag = tags[i]!;
    feed(scanner, text, fed, tag.from, i === 0 || tags[i - 1]!.closing);
    fed = tag.to;
    if (scanner.fence) continue;
    if (tag.closing) {
      kept = '';
      at = tag.to;
      continue;
    }
    let end = noneAhead ? -1 : closingOutsideFences(text, tags, i);
    if (end < 0) {
      noneAhead = true;
      if (!tag.startsLine) continue;
      end = closingAnywhere(tags, i);
    }
    kept = join(kept, text.slice(at, tag.from));
    at = fed = tags[end]?.to ?? text.length;
    if (end < 0) break;
    i = end;
  }
  if (at === 0) return text;
  return join(kept, text.slice(at))
    .replace(/^(?:[ \t\r]*\n)+/, '')
    .trimEnd();
}

function readTags(text: string): Tag[] {
  const tags: Tag[] = [];
  let afterClosing = -1;
  let mentioned = -1;
  for (const match of text.matchAll(TAG)) {
    const from = match.index;
    const to = from + match[0].length;
    const closing = match[1] === '/';
    const before = mentioned;
    mentioned = !closing && /["'`/\\|^([*{=]/.test(text[from - 1] ?? '') ? to : -1;
    if (mentioned >= 0 || (closing && isClosingMention(text, before, from, to))) continue;
    tags.push({ from, to, closing, startsLine: from === afterClosing || startsLine(text, from) });
    if (closing) afterClosing = to;
  }
  return tags;
}

/** @param mentioned the end of the previous tag if it is a mentioned opening tag, else -1 */
function isClosingMention(text: string, mentioned: number, from: number, to: number): boolean {
  if (mentioned >= 0 && !text.slice(mentioned, from).includes('\n')) return true;
  return /["'`|\\)]/.test(text[to] ?? '') && !text.startsWith('```', to);
}

function startsLine(text: string, at: number): boolean {
  let i = at - 1;
  while (text[i] === ' ' || text[i] === '\t') i--;
  return i < 0 || text[i] === '\n';
}

function closingOutsideFences(text: string, tags: readonly Tag[], opening: number): number {
  const scanner = new FenceScanner();
  for (let i = opening + 1; i < tags.length; i++) {
    feed(scanner, text, tags[i - 1]!.to, tags[i]!.from, i === opening + 1);
    if (tags[i]!.closing && !scanner.fence) return i;
  }
  return -1;
}

function closingAnywhere(tags: readonly Tag[], opening: number): number {
  for (let i = opening + 1; i < tags.length; i++) if (tags[i]!.closing) return i;
  return -1;
}

/**
 * Feeds the lines between two tags to the scanner. A tag ends a line: a closing fence directly before `</think>` closes
 * its block. With `fresh` a tag also begins a line: a fence directly after `</think>` opens a block.
 */
function feed(scanner: FenceScanner, text: string, from: number, to: number, fresh: boolean): void {
  for (let start = from; start < to; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 || newline > to ? to : newline;
    const isLine = start === 0 || text[start - 1] === '\n';
    if (isLine || (fresh && start === from && !scanner.fence)) scanner.feed(text.slice(start, end));
    start = end + 1;
  }
}

function join(before: string, after: string): string {
  return before !== '' && /^ {0,3}(?:```|~~~)/.test(after) ? `${before}\n${after}` : before + after;
}
