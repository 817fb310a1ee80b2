/** A part of a model's text: the contents of a code block, or what stands around it. */
export interface Segment {
  readonly isCode: boolean;
  readonly language: string | null;
  readonly lines: readonly string[];
}

const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;

/** The parts of a text that may still grow: its last code block need not be closed. */
export function segmentsOf(text: string): Segment[] {
  const segments: { isCode: boolean; language: string | null; lines: string[] }[] = [];
  let fence = '';
  let current = { isCode: false, language: null as string | null, lines: [] as string[] };
  const begin = (isCode: boolean, language: string | null) => {
    if (current.isCode || current.lines.some((line) => line.trim() !== '')) segments.push(current);
    current = { isCode, language, lines: [] };
  };
  for (const line of text.split('\n')) {
    const [, mark = '', info = ''] = FENCE.exec(line) ?? [];
    if (fence === '' && mark !== '' && !info.includes('`')) {
      fence = mark;
      begin(true, /^[\w+#.-]+/.exec(info.trim())?.[0] ?? null);
    } else if (fence !== '' && mark.startsWith(fence) && info.trim() === '') {
      fence = '';
      begin(false, null);
    } else current.lines.push(line);
  }
  begin(false, null);
  return segments;
}

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
