/** What a person sees: lines that stay, and below them, on a terminal only, one that is written over. */
export interface Screen {
  say(line: string): void;
  /** Replaces the last line; an empty text removes it. */
  show(text: string): void;
}

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const ERASE_LINE = '\r\u001b[K';

export function openScreen(out: Output): Screen {
  let shown = '';
  const show = (text: string) => {
    if (!out.isTTY || text === shown) return;
    // A line that wraps could not be erased. A terminal that does not know its width says 0.
    shown = text.slice(0, (out.columns || 80) - 1).toWellFormed();
    out.write(`${ERASE_LINE}${shown}`);
  };
  return {
    say(line) {
      show('');
      out.write(`${line}\n`);
    },
    show,
  };
}
