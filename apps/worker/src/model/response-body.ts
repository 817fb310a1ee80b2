import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Chunk } from './chunk.ts';
import { parseJson } from './chunk.ts';
import { ByteBuffer, type CallMemory, ResponseTooLargeError } from './response-memory.ts';
import type { ResponseReader } from './response-reader.ts';

/** Limits of one response, so that no server can use up the memory or the time of a worker. */
export interface ResponseLimits {
  /** Bytes of one line or event, or of a whole JSON body. */
  readonly maxEventBytes: number;
  /** Bytes of the whole response. A packet counts as 128 bytes at least. */
  readonly maxBytes: number;
  readonly maxEvents: number;
  readonly memory: CallMemory;
}

const MIN_PACKET_BYTES = 128;

/** Slow servers send blank lines before a JSON body. */
const MAX_BLANK_BYTES = 2 ** 20;

/** Lines without an event: comments, blank lines, or lines of an event without end. */
const MAX_LINES = 100_000;

export interface ChunkHandler {
  /** @returns whether to read on */
  onChunk(chunk: Chunk | null): boolean;
  /** Called after `[DONE]`, which ends the reading. */
  onDone(): void;
  /** Called after each packet, once for all chunks in it. */
  onPacketEnd(): void;
}

/**
 * Passes the chunks of a completion to `handler` until the last one. The form of the body decides how it is read: the
 * content type is often wrong. Replaces the SDK's stream, which closes the connection at `[DONE]` unless the end of the
 * response is in the same packet; each call would then pay for a new TLS handshake.
 * @throws SyntaxError for invalid JSON; ResponseTooLargeError; ConnectionError; what `handler` throws
 */
export async function readChunks(
  reader: ResponseReader,
  limits: ResponseLimits,
  handler: ChunkHandler,
): Promise<void> {
  const events = new EventReader(limits, handler, () => reader.ignoreRest());
  const body = new ByteBuffer(limits.maxEventBytes, limits.memory);
  let form = 'unknown' as 'unknown' | 'events' | 'text';
  let bytes = 0;
  await reader.read((piece) => {
    bytes += Math.max(piece.length, MIN_PACKET_BYTES);
    if (bytes > limits.maxBytes) throw new ResponseTooLargeError(`more than ${limits.maxBytes} bytes`);
    let rest = piece;
    if (form === 'unknown') {
      const start = startOf(piece);
      if (start === piece.length && bytes <= MAX_BLANK_BYTES) return;
      if (start === piece.length) throw new ResponseTooLargeError('nothing but white space');
      rest = piece.subarray(start);
      form = /[[{<"]/.test(String.fromCharCode(rest[0] ?? 0)) ? 'text' : 'events';
    }
    if (form === 'text') return void body.append(rest);
    events.add(rest);
    handler.onPacketEnd();
  });
  if (form === 'text') for (const chunk of chunksOfBody(body.take())) handler.onChunk(chunk);
  else events.end();
  handler.onPacketEnd();
}

/** Whether a byte is white space or of a byte order mark. */
const isBlank = (byte: number | undefined) =>
  byte !== undefined && (byte <= 0x20 || byte === 0xef || byte === 0xbb || byte === 0xbf);

function startOf(piece: Buffer): number {
  let start = 0;
  while (isBlank(piece[start])) start++;
  return start;
}

/** The chunks of a JSON body: one, or one a line (NDJSON). @throws SyntaxError */
function chunksOfBody(text: string): (Chunk | null)[] {
  const lines = text.trimEnd().split('\n', MAX_LINES);
  const isOnePerLine = lines.length > 1 && lines.every((line) => /^(?:\{.*\})?\s*$/s.test(line));
  return isOnePerLine ? lines.filter((line) => line.trim() !== '').map(chunkOfBody) : [chunkOfBody(text)];
}

function chunkOfBody(text: string): Chunk | null {
  if (text.startsWith('<')) return { error: text };
  const body = parseJson(text);
  if (typeof body === 'string') return { error: body };
  return (Array.isArray(body) ? body[0] : body) as Chunk | null;
}

/** Reads server-sent events. Splits the bytes at line ends, so that no character and no line is fed in two parts. */
class EventReader {
  readonly #limits: ResponseLimits;
  readonly #handler: ChunkHandler;
  readonly #onLast: () => void;
  readonly #line: ByteBuffer;
  readonly #parser;
  /** The start of a body without events, to be quoted. */
  #plainText = '';
  #events = 0;
  #lines = 0;
  #isDone = false;

  constructor(limits: ResponseLimits, handler: ChunkHandler, onLast: () => void) {
    this.#limits = limits;
    this.#handler = handler;
    this.#onLast = onLast;
    this.#line = new ByteBuffer(limits.maxEventBytes, limits.memory);
    this.#parser = createParser({
      onEvent: (event) => this.#onEvent(event),
      onError: ({ type, line = '' }) => {
        if (type === 'max-buffer-size-exceeded')
          throw new ResponseTooLargeError(`more than ${limits.maxEventBytes} bytes in one event`);
        if (type === 'unknown-field') this.#onUnknownLine(line);
      },
      maxBufferSize: limits.maxEventBytes,
    });
  }

  add(piece: Buffer): void {
    if (this.#isDone) return;
    const end = Math.max(piece.lastIndexOf('\n'), piece.lastIndexOf('\r')) + 1;
    if (end > 0) {
      this.#line.append(piece.subarray(0, end));
      this.#feed(this.#line.take());
    }
    if (end < piece.length) this.#line.append(piece.subarray(end));
  }

  /** Some servers do not terminate their last event. */
  end(): void {
    if (!this.#isDone) this.#feed(`${this.#line.take()}\n\n`);
    if (this.#events === 0 && this.#plainText !== '') this.#handler.onChunk({ error: this.#plainText });
  }

  #feed(text: string): void {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#lines++;
    this.#parser.feed(text);
    if (this.#lines > MAX_LINES) throw new ResponseTooLargeError(`more than ${MAX_LINES} lines without text`);
  }

  #onEvent(event: EventSourceMessage): void {
    this.#lines = 0;
    if (this.#isDone) return;
    if (++this.#events > this.#limits.maxEvents)
      throw new ResponseTooLargeError(`more than ${this.#limits.maxEvents} events`);
    for (const data of messagesOf(event.data)) this.#onData(event.event, data);
  }

  #onData(event: string | undefined, data: string): void {
    if (this.#isDone || data.trim() === '') return;
    const isLast = data.trim() === '[DONE]';
    if (isLast) this.#handler.onDone();
    if (isLast || !this.#handler.onChunk(chunkOfEvent(event, data))) this.#finish();
  }

  /** A chunk can arrive without `data:`, for example as an error after a stream began. */
  #onUnknownLine(line: string): void {
    if (line.startsWith('{')) this.#onData(undefined, line);
    else if (this.#plainText.length < 1_000) this.#plainText += `${line.slice(0, 1_000)}\n`;
  }

  #finish(): void {
    this.#isDone = true;
    this.#onLast();
  }
}

/** The messages of an event. Some servers end a line per message, and no event. */
function messagesOf(data: string): string[] {
  const lines = data.includes('\n') ? data.split('\n') : [];
  return lines.length > 1 && lines.every((line) => /^(\{.*\}|\[DONE\])?\s*$/s.test(line)) ? lines : [data];
}

const KEEP_ALIVE = /^(ping|heartbeat|keep-?alive)$/i;

function chunkOfEvent(event: string | undefined, data: string): Chunk | null {
  if (event !== undefined && KEEP_ALIVE.test(event)) return null;
  if (event !== 'error') return parseJson(data) as Chunk | null;
  let error: unknown = data;
  try {
    error = parseJson(data);
  } catch {
    // Quoted as text.
  }
  return (error as Chunk | null)?.error ? (error as Chunk) : { error: error ?? data };
}
