import { memo } from 'preact/compat';
import { useRef } from 'preact/hooks';
import { Tokens } from '../code/code-block.tsx';
import { plainLines, type Token, tokenLines } from '../code/highlight.ts';
import { createSegmenter, tailOf } from '../code/segments.ts';

/** Only the end of a long text is shown, from a line whose number is a multiple of `STEP`. */
const MAX_LINES = 300;
const STEP = 50;

/** The text of a model while it grows: code blocks with numbered, highlighted lines, and the words around them. */
export function LiveText({ text, isLive }: { text: string; isLive: boolean }) {
  const segmenter = useRef<ReturnType<typeof createSegmenter> | null>(null);
  segmenter.current ??= createSegmenter();
  const all = segmenter.current(text);
  const segments = tailOf(all, MAX_LINES);
  const first = all.length - segments.length;
  return (
    <code>
      {segments.map(({ isCode, language, lines, from }, index) => {
        const isLast = index === segments.length - 1;
        const skipped = isCode ? Math.min(Math.ceil(from / STEP) * STEP, from + lines.length) : from;
        const shown = lines.slice(skipped - from);
        const key = first + index;
        return isCode ? (
          <LiveCode key={key} lines={shown} language={language} from={skipped} isLive={isLive && isLast} />
        ) : (
          <span key={key} class="words" dir="auto">
            {shown.join('\n').trim()}
            {isLive && isLast && <i class="caret" />}
          </span>
        );
      })}
    </code>
  );
}

/** A text that is not code. */
export const LiveWords = ({ text, isLive }: { text: string; isLive: boolean }) => (
  <span class="words" dir="auto">
    {text}
    {isLive && <i class="caret" />}
  </span>
);

/** The share of the time that highlighting may take. */
const SHARE = 0.1;

interface Highlighted {
  readonly code: string;
  readonly from: number;
  readonly lines: readonly (readonly Token[])[];
  /** Time until which the rest of the text stays plain. */
  readonly until: number;
}

interface LiveCodeProps {
  readonly lines: readonly string[];
  readonly language: string | null;
  readonly from: number;
  readonly isLive: boolean;
}

function LiveCode({ lines, language, from, isLive }: LiveCodeProps) {
  const last = useRef<Highlighted | null>(null);
  const code = lines.join('\n');
  const tokens = tokensOf();
  return (
    <>
      {tokens.map((line, index) => (
        <Line
          key={from + index}
          number={from + index + 1}
          tokens={line}
          hasCaret={isLive && index === tokens.length - 1}
        />
      ))}
    </>
  );

  /** Highlights anew only as often as there is time for. What came since then is plain. */
  function tokensOf(): readonly (readonly Token[])[] {
    const known = last.current;
    const begin = performance.now();
    if (known !== null && known.code === code && !isLive) return known.lines;
    const old = known === null ? [] : known.lines.slice(Math.max(0, from - known.from));
    if (known !== null && isLive && begin < known.until && from >= known.from) {
      const kept = old.slice(0, -1);
      return [...kept, ...plainLines(lines.slice(kept.length).join('\n'))];
    }
    const fresh = tokenLines(code, language).map((line, index) => sameOr(old[index], line));
    const end = performance.now();
    last.current = { code, from, lines: fresh, until: end + Math.max(200, (end - begin) / SHARE) };
    return fresh;
  }
}

/** The known line if it has the same tokens, so that it is not rendered again. */
const sameOr = (known: readonly Token[] | undefined, line: readonly Token[]) =>
  known?.length === line.length &&
  known.every(([kind, text], index) => kind === line[index]?.[0] && text === line[index]?.[1])
    ? known
    : line;

interface LineProps {
  readonly number: number;
  readonly tokens: readonly Token[];
  readonly hasCaret: boolean;
}

const Line = memo(({ number, tokens, hasCaret }: LineProps) => (
  <span class="line" data-n={number}>
    <Tokens of={tokens} />
    {hasCaret && <i class="caret" />}
    {'\n'}
  </span>
));
