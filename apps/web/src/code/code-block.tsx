import { memo } from 'preact/compat';
import { plainLines, type Token, tokenLines } from './highlight.ts';
import { showOrdering } from './ordering.tsx';

export const Tokens = ({ of }: { of: readonly Token[] }) => (
  <>
    {of.map(([kind, text], index) =>
      kind === '' ? (
        showOrdering(text)
      ) : (
        <span key={index} class={kind}>
          {showOrdering(text)}
        </span>
      ),
    )}
  </>
);

interface CodeProps {
  readonly label: string;
  readonly code: string;
  /** Null for prose, which is not highlighted. */
  readonly language: string | null;
}

/** Lines are rendered in blocks, which the browser lays out only when they are in view. */
const BLOCK_LINES = 200;

/** Numbered lines of code. */
export const CodeBlock = memo(({ label, code, language }: CodeProps) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
  <section class="code" tabIndex={0} aria-label={label}>
    <pre>
      <code>
        <Lines of={language === null ? plainLines(code.replace(/\n$/, '')) : tokenLines(code, language)} />
      </code>
    </pre>
  </section>
));

function Lines({ of: lines }: { of: readonly (readonly Token[])[] }) {
  const blocks = Array.from(
    { length: Math.ceil(lines.length / BLOCK_LINES) },
    (_, index) => index * BLOCK_LINES,
  );
  return (
    <>
      {blocks.map((from) => (
        <Block
          key={from}
          from={from}
          lines={lines.slice(from, from + BLOCK_LINES)}
          isOnly={blocks.length === 1}
        />
      ))}
    </>
  );
}

function Block({
  from,
  lines,
  isOnly,
}: {
  from: number;
  lines: readonly (readonly Token[])[];
  isOnly: boolean;
}) {
  const size = isOnly ? {} : { containIntrinsicSize: `auto ${lines.length * 20}px` };
  return (
    <span class={isOnly ? 'block' : 'block deferred'} style={size}>
      {lines.map((line, index) => (
        <span key={from + index} class="line" data-n={from + index + 1}>
          <Tokens of={line} />
          {'\n'}
        </span>
      ))}
    </span>
  );
}
