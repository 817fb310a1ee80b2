import { FenceToggle } from './fence.ts';

/** Names of XML tags of reasoning, in any namespace: `<think>`, `<seed:think>`. */
const THINK = 'think(?:ing)?|thoughts?|antthinking';
/** Names that programs use too. They count at the beginning of an answer only. */
const WEAK =
  'reasoning|reflection|scratchpad|inner_thoughts|inner_monologue|thought_process|chain_of_thought|cot|rationale|analysis|planning|details type="reasoning"';
const HARMONY = String.raw`(?:<\|end\|>\s{0,4})?(?:<\|start\|>assistant)?<\|channel\|>\s{0,4}`;
const MESSAGE = String.raw`(?:[^<\n]|<\|constrain\|>){0,100}<\|message\|>`;
/** Marks of reasoning that are no XML tags. */
const OPENING = [
  String.raw`\[THINK(?:ING)?\]`,
  '◁think▷',
  String.raw`<\|(?:begin_of_|start_|begin_)?(?:thought|think|thinking)(?:_start|_begin)?\|>`,
  String.raw`<\|inner_prefix\|>`,
  '<unused94>(?:thought\\n)?',
  String.raw`<\|channel>\s{0,4}(?:thought|analysis)\b`,
  `${HARMONY}analysis${MESSAGE}`,
];
const CLOSING = [
  String.raw`\[/THINK(?:ING)?\]`,
  '◁/think▷',
  String.raw`<\|(?:end_of_|end_|/)(?:thought|think|thinking)\|>|<\|(?:thought|think|thinking)_end\|>`,
  String.raw`<\|inner_suffix\|>`,
  '<unused95>',
  String.raw`<channel\|>`,
  `${HARMONY}(?:final|commentary)${MESSAGE}`,
  String.raw`<\|end\|>\s{0,4}<\|start\|>assistant<\|message\|>`,
];
const TAG = new RegExp(
  String.raw`<(/?)\s{0,4}(?:[a-z]{1,12}:)?(?:(${THINK})|(${WEAK}|(?<=/)details))(?:\s[^<>\n]{0,100})?\s{0,4}>|(${OPENING.join('|')})|(${CLOSING.join('|')})`,
  'gi',
);

/** Reasoning in plain words at the beginning of an answer, and the words that end it. */
const IN_WORDS: readonly (readonly [start: RegExp, end: string])[] = [
  [/^\s{0,9}analysis(?=[A-Z\s"'])/, 'assistantfinal'],
  [/^\s{0,9}Thinking\.\.\.\s/, '...done thinking.'],
  [/^\s{0,9}Here(?:'s| is) my thought process:/, 'Here is my response:'],
];

/** `startsLine`: only white space, or another closing tag, precedes it on its line. */
interface Tag {
  readonly from: number;
  readonly to: number;
  readonly closing: boolean;
  readonly startsLine: boolean;
  /** A weak tag ends at its own closing tag only. Null for all other tags, which end each other. */
  readonly weak: string | null;
}

/**
 * Removes the model's reasoning: tags such as `<think>…</think>`, other marks of the model families, and the channels
 * of the harmony format before the last one. In any case, any number of times.
 *
 * - Reasoning ends at the first closing tag outside the fenced blocks that begin within the reasoning. Without one, it
 *   ends at the first closing tag (a block was cut off), and without any closing tag at the end of the text.
 * - A closing tag without an opening tag removes everything before it.
 * - A tag inside a fenced block of the answer is code. Elsewhere, a tag in quotes, in a code span or in a regular
 *   expression is a mention and is kept, as is an opening tag within a line that is never closed.
 *
 * A text without reasoning is returned unchanged. Otherwise leading blank lines and trailing white space are removed too.
 */
export function stripReasoning(answer: string): string {
  const text = withoutWords(answer);
  const tags = readTags(text);
  const scanner = new FenceToggle();
  let kept = '';
  let at = 0;
  let fed = 0;
  let firstWord = nextWord(text, 0);
  // If one search fails, all later ones fail. Without these names hostile input takes quadratic time.
  const noneAhead = new Set<string | null>();

  for (let i = 0; i < tags.length; i++) {
    const tag = tags[i]!;
    feed(scanner, text, fed, tag.from, i === 0 || tags[i - 1]!.closing);
    fed = tag.to;
    if (scanner.fence) continue;
    if (tag.weak !== null && (tag.closing || kept.trim() !== '' || firstWord < tag.from)) continue;
    if (tag.closing) {
      kept = '';
      at = tag.to;
      firstWord = nextWord(text, at);
      continue;
    }
    const end = endOfReasoning(text, tags, i, noneAhead);
    if (end === null) continue;
    kept = join(kept, text.slice(at, tag.from));
    at = fed = tags[end]?.to ?? text.length;
    firstWord = nextWord(text, at);
    if (end < 0) break;
    i = end;
  }
  if (at === 0) return text;
  return join(kept, text.slice(at))
    .replace(/^(?:[ \t\r]*\n)+/, '')
    .trimEnd();
}

function withoutWords(text: string): string {
  for (const [start, marker] of IN_WORDS) {
    const end = start.test(text) ? text.lastIndexOf(marker) : -1;
    if (end >= 0) return text.slice(end + marker.length).replace(/^(?:[ \t]*\n)+/, '');
  }
  return text;
}

function nextWord(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text[at]!)) at++;
  return at;
}

function readTags(text: string): Tag[] {
  const tags: Tag[] = [];
  let afterClosing = -1;
  let mentioned = -1;
  for (const match of text.matchAll(TAG)) {
    const from = match.index;
    const to = from + match[0].length;
    const [, slash, , name, , closer] = match;
    const closing = slash === '/' || closer !== undefined;
    const before = mentioned;
    mentioned = !closing && /["'`/\\|^([*{=]/.test(text[from - 1] ?? '') ? to : -1;
    const isStart = from === afterClosing || startsLine(text, from);
    const isXml = slash !== undefined;
    if (mentioned >= 0 || (closing && isClosingMention(text, before, from, to, isStart || !isXml))) continue;
    const weak = name === undefined ? null : name.toLowerCase().split(' ')[0]!;
    tags.push({ from, to, closing, startsLine: isStart, weak });
    if (closing) afterClosing = to;
  }
  return tags;
}

/**
 * @param mentioned the end of the previous tag if it is a mentioned opening tag, else -1
 * @param isMark whether the tag begins its line or cannot be mistaken for something else
 */
function isClosingMention(
  text: string,
  mentioned: number,
  from: number,
  to: number,
  isMark: boolean,
): boolean {
  if (mentioned >= 0 && !text.slice(mentioned, from).includes('\n')) return true;
  if (/["'`]/.test(text[from - 1] ?? '')) return text.slice(Math.max(0, from - 3), from) !== '```';
  return !isMark && /["'`|\\)]/.test(text[to] ?? '') && !text.startsWith('```', to);
}

function startsLine(text: string, at: number): boolean {
  let i = at - 1;
  while (text[i] === ' ' || text[i] === '\t') i--;
  return i < 0 || text[i] === '\n';
}

/**
 * The index of the tag that ends the reasoning of an opening tag. -1 if it ends with the text, null if the opening tag
 * is kept. Names without a closing tag outside the blocks are added to `noneAhead`.
 */
function endOfReasoning(
  text: string,
  tags: readonly Tag[],
  opening: number,
  noneAhead: Set<string | null>,
): number | null {
  const tag = tags[opening]!;
  const outside = noneAhead.has(tag.weak) ? -1 : closingOutsideFences(text, tags, opening);
  if (outside >= 0) return outside;
  noneAhead.add(tag.weak);
  if (!tag.startsLine) return null;
  const end = closingAnywhere(tags, opening);
  return end < 0 && tag.weak !== null ? null : end;
}

function closingOutsideFences(text: string, tags: readonly Tag[], opening: number): number {
  const scanner = new FenceToggle();
  for (let i = opening + 1; i < tags.length; i++) {
    feed(scanner, text, tags[i - 1]!.to, tags[i]!.from, i === opening + 1);
    if (isEnd(tags[opening]!, tags[i]!) && !scanner.fence) return i;
  }
  return -1;
}

function closingAnywhere(tags: readonly Tag[], opening: number): number {
  for (let i = opening + 1; i < tags.length; i++) if (isEnd(tags[opening]!, tags[i]!)) return i;
  return -1;
}

const isEnd = (opening: Tag, tag: Tag) => tag.closing && tag.weak === opening.weak;

/**
 * Feeds the lines between two tags to the scanner. A tag ends a line: a closing fence directly before `</think>` closes
 * its block. With `fresh` a tag also begins a line: a fence directly after `</think>` opens a block.
 */
function feed(scanner: FenceToggle, text: string, from: number, to: number, fresh: boolean): void {
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
