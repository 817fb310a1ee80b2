import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';

/**
 * Characters that control a terminal or reorder text: control characters other than tab and line feed, bidirectional
 * controls, Unicode line and paragraph separators, unpaired surrogates.
 */
const UNSAFE = /[^\P{Cc}\t\n]|[\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Escapes unsafe characters as `\x1b` or `\u202e`. All text from models and servers passes through here before it is
 * written to a terminal.
 */
export const printable = (text: string): string =>
  text.replace(UNSAFE, (character) => {
    const hex = character.charCodeAt(0).toString(16);
    return hex.length > 2 ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`;
  });

/** Printable text with tabs and line feeds replaced by spaces. */
export const oneLine = (text: string): string => printable(text).replace(/[\t\n]/g, ' ');

/** The code unchanged for a file or a pipe, printable for a terminal. */
export const codeFor = (out: { readonly isTTY?: boolean }, code: string): string =>
  out.isTTY ? printable(code) : code;

/** Equivalent JSON without unsafe characters. */
export const escapeJson = (json: string): string =>
  json.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Indented JSON without unsafe characters. */
export const toJson = (value: unknown): string => escapeJson(JSON.stringify(value, null, 2));

/** JSON whose strings stay printable after parsing. Not equivalent: unsafe characters become their escapes. */
export const withPrintableStrings = (json: string): string =>
  escapeJson(json).replace(/\\(?:u[\da-f]{4}|.)/gi, (sequence) => {
    const character: string = JSON.parse(`"${sequence}"`);
    const named = printable(character);
    return named === character ? sequence : `\\${named}`;
  });

/** Writes lines and, on a TTY only, one status line below them that is overwritten. */
export interface Terminal {
  printLine(line: string): void;
  /** Replaces the status line. An empty text removes it. */
  setStatus(text: string): void;
}

export interface TerminalOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export function createTerminal(out: TerminalOutput): Terminal {
  // Some terminals report a width of 0.
  const columns = () => out.columns || 80;
  let status = '';
  /** Erases the status line; it occupies several rows if the window has become narrower since it was written. */
  const erase = () => {
    const rows = Math.ceil(stringWidth(status) / columns());
    return `\r${rows > 1 ? `\u001b[${rows - 1}A` : ''}\u001b[J`;
  };
  const setStatus = (text: string) => {
    if (!out.isTTY || text === status) return;
    const next = cliTruncate(text, columns() - 1);
    out.write(`${erase()}${next}`);
    status = next;
  };
  return {
    printLine(line) {
      setStatus('');
      out.write(`${line}\n`);
    },
    setStatus,
  };
}
