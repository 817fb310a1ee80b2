/** A part of a model's text: the contents of a code block, or what stands around it. */
export interface Segment {
  readonly isCode: boolean;
  readonly language: string | null;
  readonly lines: readonly string[];
}

const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;

const isWorthShowing = ({ isCode, lines }: Segment) => isCode || lines.some((line) => line.trim() !== '');

/**
 * Splits a text that grows, into its parts: its last code block need not be closed. Each call reads only what is new. A
 * text that does not continue the last one is read anew.
 */
export function createSegmenter(): (text: string) => Segment[] {
  let seen = '';
  let ended: Segment[] = [];
  let fence = '';
  let current = { isCode: false, language: null as string | null, lines: [] as string[] };
  const begin = (isCode: boolean, language: string | null) => {
    if (isWorthShowing(current)) ended.push(current);
    current = { isCode, language, lines: [] };
  };
  const read = (line: string) => {
    const [, mark = '', info = ''] = FENCE.exec(line) ?? [];
    if (fence === '' && mark !== '' && !info.includes('`')) {
      fence = mark;
      begin(true, /^[\w+#.-]+/.exec(info.trim())?.[0] ?? null);
    } else if (fence !== '' && mark.startsWith(fence) && info.trim() === '') {
      fence = '';
      begin(false, null);
    } else current.lines.push(line);
  };
  return (text) => {
    if (!text.startsWith(seen)) {
      [seen, fence, ended] = ['', '', []];
      current = { isCode: false, language: null, lines: [] };
    }
    const end = text.lastIndexOf('\n') + 1;
    if (end > seen.length) for (const line of text.slice(seen.length, end - 1).split('\n')) read(line);
    seen = text.slice(0, Math.max(end, seen.length));
    const last = text.slice(seen.length);
    // It may become a fence.
    const lines = FENCE.test(last) ? current.lines : [...current.lines, last];
    return [...ended, { ...current, lines }].filter(isWorthShowing);
  };
}

/** The parts of a text. */
export const segmentsOf = (text: string): Segment[] => createSegmenter()(text);

/** The longest code block of a text; null without one. */
export function codeIn(text: string): { readonly language: string | null; readonly code: string } | null {
  const blocks = segmentsOf(text).filter(({ isCode }) => isCode);
  const [longest] = blocks.toSorted((a, b) => b.lines.length - a.lines.length);
  return longest === undefined
    ? null
    : { language: longest.language, code: `${longest.lines.join('\n').trimEnd()}\n` };
}

/** The last lines of all segments together, each with the number of its first line. */
export function tailOf(segments: readonly Segment[], maxLines: number): (Segment & { from: number })[] {
  let left = maxLines;
  return segments
    .toReversed()
    .flatMap((segment) => {
      if (left <= 0) return [];
      const from = Math.max(0, segment.lines.length - left);
      left -= segment.lines.length;
      return [{ ...segment, from, lines: segment.lines.slice(from) }];
    })
    .toReversed();
}
