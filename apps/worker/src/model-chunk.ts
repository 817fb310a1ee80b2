import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** A piece of a streamed completion, or a whole one. Every field may be missing or of another type. */
export interface Chunk {
  readonly id?: unknown;
  readonly model?: unknown;
  /** Only OpenRouter tells it. */
  readonly provider?: unknown;
  readonly error?: unknown;
  readonly usage?: unknown;
  readonly choices?: readonly (Choice | null)[] | null;
}

interface Choice {
  readonly delta?: Said | null;
  /** From a server that was asked for a stream and sent the whole answer at once. */
  readonly message?: Said | null;
  readonly finish_reason?: unknown;
  readonly error?: unknown;
}

interface Said {
  readonly content?: unknown;
  readonly refusal?: unknown;
}

/** The other side sent more than the caller will hold. */
export class OversizeError extends Error {}

/**
 * The chunks of a completion as they arrive. The SDK's own stream drops the connection at `[DONE]` unless the end
 * of the response came in the same packet, and each call then costs a new TLS handshake: this one reads on.
 * @param maxHeld characters of one event, or of a whole body, to hold at most
 * @throws SyntaxError for broken JSON, OversizeError, whatever the connection breaks with
 */
export async function* chunksOf(response: Response, maxHeld: number): AsyncGenerator<Chunk | null> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  let isOver = false;
  try {
    if (/json|html|xml/i.test(response.headers.get('content-type') ?? '')) {
      yield JSON.parse(await whole(reader, maxHeld));
      return;
    }
    for await (const event of eventsOf(reader, maxHeld)) {
      isOver = event.data === '[DONE]';
      if (isOver) return;
      yield read(event);
    }
  } finally {
    if (isOver) void drain(reader);
    else reader.cancel().catch(() => {});
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

async function* piecesOf(reader: Reader): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    yield decoder.decode(next.value, { stream: true });
  }
  yield decoder.decode();
}

async function* eventsOf(reader: Reader, maxHeld: number): AsyncGenerator<EventSourceMessage> {
  const events: EventSourceMessage[] = [];
  let isOversize = false;
  const parser = createParser({
    onEvent: (event) => events.push(event),
    onError: ({ type }) => {
      isOversize ||= type === 'max-buffer-size-exceeded';
    },
    maxBufferSize: maxHeld,
  });
  const feed = (piece: string) => {
    parser.feed(piece);
    if (isOversize) throw new OversizeError();
  };
  for await (const piece of piecesOf(reader)) {
    feed(piece);
    yield* events.splice(0);
  }
  // Not every server closes its last event.
  feed('\n\n');
  yield* events.splice(0);
}

async function whole(reader: Reader, maxHeld: number): Promise<string> {
  let body = '';
  for await (const piece of piecesOf(reader)) {
    body += piece;
    if (body.length > maxHeld) throw new OversizeError();
  }
  return body;
}

function read({ event, data }: EventSourceMessage): Chunk | null {
  const chunk: Chunk | null = JSON.parse(data);
  return event === 'error' && !chunk?.error ? { error: chunk } : chunk;
}

/** A server need not close the response after `[DONE]`; then the connection is not worth keeping. */
const LONGEST_DRAIN_MS = 1_000;

async function drain(reader: Reader): Promise<void> {
  const timer = setTimeout(() => void reader.cancel().catch(() => {}), LONGEST_DRAIN_MS);
  timer.unref();
  try {
    while (!(await reader.read()).done);
  } catch {
    // The answer is complete; how its connection ends does not matter.
  } finally {
    clearTimeout(timer);
  }
}
