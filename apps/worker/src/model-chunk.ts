import { StringDecoder } from 'node:string_decoder';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { OversizeError, readWhole } from './body.ts';
import type { Exchange } from './exchange.ts';

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

/**
 * Tells the chunks of a completion as they arrive, until the last or until `onChunk` returns false. The SDK's own stream
 * drops the connection at `[DONE]` unless the end of the response came in the same packet, and each call then costs a
 * new TLS handshake: this one lets it come.
 * @param maxHeld characters of one event, or bytes of a whole body, to hold at most
 * @throws SyntaxError for broken JSON, OversizeError, whatever the connection breaks with or `onChunk` throws
 */
export async function readChunks(
  exchange: Exchange,
  maxHeld: number,
  onChunk: (chunk: Chunk | null) => boolean,
): Promise<void> {
  if (/json|html|xml/i.test(exchange.header('content-type') ?? '')) {
    onChunk(JSON.parse(await readWhole(exchange, maxHeld)));
  } else {
    await readEvents(exchange, maxHeld, (event) => event.data !== '[DONE]' && onChunk(chunkOf(event)));
  }
}

async function readEvents(
  exchange: Exchange,
  maxHeld: number,
  onEvent: (event: EventSourceMessage) => boolean,
) {
  let isOver = false;
  const parser = createParser({
    onEvent(event) {
      if (isOver) return;
      isOver = !onEvent(event);
      if (isOver) exchange.leave();
    },
    onError({ type }) {
      if (type === 'max-buffer-size-exceeded') throw new OversizeError();
    },
    maxBufferSize: maxHeld,
  });
  const decoder = new StringDecoder('utf8');
  await exchange.read((piece) => parser.feed(decoder.write(piece)));
  // Not every server closes its last event.
  if (!isOver) parser.feed(`${decoder.end()}\n\n`);
}

function chunkOf({ event, data }: EventSourceMessage): Chunk | null {
  const chunk: Chunk | null = JSON.parse(data);
  return event === 'error' && !chunk?.error ? { error: chunk } : chunk;
}
