/** Lines of a text that grows. Only the end of a long text is shown. */
const MAX_LINES = 400;

export function CodeText({ text, isLive }: { text: string; isLive: boolean }) {
  const lines = text.split('\n');
  const from = Math.max(0, lines.length - MAX_LINES);
  return (
    <code>
      {lines.slice(from).map((line, index) => (
        <span key={from + index} class="line" data-n={from + index + 1}>
          {line}
          {isLive && from + index === lines.length - 1 && <i class="caret" />}
          {'\n'}
        </span>
      ))}
    </code>
  );
}
