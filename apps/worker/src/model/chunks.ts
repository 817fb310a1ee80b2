import { StringDecoder } from 'node:string_decoder';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { type ResponseReader, ResponseTooLargeError } from './response-reader.ts';

/** A chunk of a streamed chat completion, or a whole completion. Any field may be missing or of another type. */
export interface Chunk {
  readonly id?: unknown;
  readonly model?: unknown;
  /** Sent by OpenRouter only. */
  readonly provider?: unknown;
  readonly error?: unknown;
  readonly usage?: unknown;
  readonly choices?: readonly (Choice | null)[] | null;
}

interface Choice {
  readonly delta?: Message | null;
  /** Set by servers that ignore `stream: true` and send a whole completion. */
  readonly message?: Message | null;
  readonly finish_reason?: unknown;
  readonly error?: unknown;
}

interface Message {
  readonly content?: unknown;
  readonly refusal?: unknown;
}

/**
 * Passes the chunks of a completion to `onChunk` until the last one, or until it returns false. Replaces the SDK's
 * stream, which closes the connection at `[DONE]` unless the end of the response is in the same packet; each call would
 * then pay for a new TLS handshake.
 * @param maxBuffered limit of one event in characters, or of a whole JSON body in bytes
 * @throws SyntaxError for invalid JSON; ResponseTooLargeError; ConnectionError; what `onChunk` throws
 */
export async function readChunks(
  reader: ResponseReader,
  maxBuffered: number,
  onChunk: (chunk: Chunk | null) => boolean,
): Promise<void> {
  if (/json|html|xml/i.test(reader.header('content-type') ?? '')) {
    onChunk(JSON.parse(await reader.text(maxBuffered)));
  } else {
    await readEvents(reader, maxBuffered, (event) => event.data !== '[DONE]' && onChunk(chunkOf(event)));
  }
}

async function readEvents(
  reader: ResponseReader,
  maxBuffered: number,
  onEvent: (event: EventSourceMessage) => boolean,
) {
  let isDone = false;
  const parser = createParser({
    onEvent(event) {
      if (isDone) return;
      isDone = !onEvent(event);
      if (isDone) reader.ignoreRest();
    },
    onError({ type }) {
      if (type === 'max-buffer-size-exceeded') throw new ResponseTooLargeError();
    },
    maxBufferSize: maxBuffered,
  });
  const decoder = new StringDecoder('utf8');
  await reader.read((piece) => parser.feed(decoder.write(piece)));
  // Some servers do not terminate their last event.
  if (!isDone) parser.feed(`${decoder.end()}\n\n`);
}

function chunkOf({ event, data }: EventSourceMessage): Chunk | null {
  const chunk: Chunk | null = JSON.parse(data);
  return event === 'error' && !chunk?.error ? { error: chunk } : chunk;
}
