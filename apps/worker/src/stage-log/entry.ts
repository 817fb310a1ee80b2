/** One response of a model. */
export interface LogEntry {
  readonly file: string;
  readonly time: Date;
  readonly run: string;
  readonly stage: string;
  /** The model that served the request or, if unknown, the requested one. */
  readonly model: string | null;
  readonly attempt: number;
  readonly milliseconds: number;
  readonly tokens: { readonly prompt: number; readonly completion: number } | null;
  readonly simulated: boolean;
  /** The unmodified response. */
  readonly text: string;
}

export type ParsedEntry = Omit<LogEntry, 'file'>;

const MAX_VALUE_CHARS = 200;
const HEADER =
  /^=== (\S+) run=(\S*) stage=(\S*) model=(\S*) attempt=(\d+) ms=(\d+) tokens=(-|\d+\/\d+) bytes=(\d+)( simulated=true)? ===$/;

/**
 * Serializes an entry: a header line, the text, an empty line.
 *
 *     === 2026-11-23T06:00:00.000Z run=r1 stage=answer model=a/b attempt=1 ms=123 tokens=12/34 bytes=5 ===
 *     Hello
 *
 * A text cannot forge a header: a line that begins with `=== `, or with backslashes followed by `=== `, gets one more
 * leading backslash. The rest of the text is unchanged, including control characters (read logs with `less` or
 * `cat -v`); lone surrogates become U+FFFD. `bytes` is the length of the text as written. Header values are cut to 200
 * characters, and all but letters, digits and `._:/@+~-` is percent-encoded; null is written as `-`.
 * @throws RangeError for an invalid date
 */
export function formatEntry(entry: LogEntry): Buffer {
  const text = entry.text.includes('=== ') ? entry.text.replace(/^\\*=== /gm, '\\$&') : entry.text;
  const { tokens } = entry;
  const fields = [
    entry.time.toISOString(),
    `run=${encodeValue(entry.run)}`,
    `stage=${encodeValue(entry.stage)}`,
    `model=${entry.model === null ? '-' : encodeValue(entry.model)}`,
    `attempt=${whole(entry.attempt)}`,
    `ms=${whole(entry.milliseconds)}`,
    `tokens=${tokens === null ? '-' : `${whole(tokens.prompt)}/${whole(tokens.completion)}`}`,
    `bytes=${Buffer.byteLength(text)}`,
    ...(entry.simulated ? ['simulated=true'] : []),
  ];
  return Buffer.from(`=== ${fields.join(' ')} ===\n${text}\n\n`);
}

/** Parses the entries of a log file, in the order they were written. @throws Error for a torn or malformed entry */
export function parseStageLog(content: Buffer | string): ParsedEntry[] {
  const bytes = Buffer.from(content);
  const entries: ParsedEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const lineEnd = bytes.indexOf('\n', at);
    const header = HEADER.exec(bytes.toString('utf8', at, lineEnd < 0 ? bytes.length : lineEnd));
    const start = lineEnd + 1;
    const end = start + Number(header?.[8]);
    const raw = bytes.toString('utf8', start, end);
    if (lineEnd < 0 || !header || bytes.toString('latin1', end, end + 2) !== '\n\n' || /^=== /m.test(raw))
      throw new Error(`stage log: torn entry at byte ${at}`);
    entries.push(readEntry(header, raw));
    at = end + 2;
  }
  return entries;
}

function readEntry(header: RegExpExecArray, raw: string): ParsedEntry {
  const [, time, run, stage, model, attempt, milliseconds, tokens, , simulated] = header;
  const [prompt, completion] = tokens!.split('/').map(Number);
  return {
    time: new Date(time!),
    run: decodeURIComponent(run!),
    stage: decodeURIComponent(stage!),
    model: model === '-' ? null : decodeURIComponent(model!),
    attempt: Number(attempt),
    milliseconds: Number(milliseconds),
    tokens: completion === undefined ? null : { prompt: prompt!, completion },
    simulated: simulated !== undefined,
    text: raw.replace(/^\\(\\*=== )/gm, '$1'),
  };
}

/** Header values that need no encoding. */
const PLAIN = /^[\w.:/@+~][\w.:/@+~-]*$/;

function encodeValue(value: string): string {
  if (value.length <= MAX_VALUE_CHARS && PLAIN.test(value)) return value;
  const cut = value.slice(0, MAX_VALUE_CHARS).toWellFormed();
  return cut === '-'
    ? '%2D'
    : encodeURIComponent(cut)
        .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
        .replace(/%(?:3A|2F|40|2B)/g, decodeURIComponent);
}

function whole(number: number): number {
  return Number.isFinite(number) ? Math.min(Math.max(Math.round(number), 0), Number.MAX_SAFE_INTEGER) : 0;
}
