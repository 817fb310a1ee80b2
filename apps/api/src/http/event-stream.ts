import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { EventData, Job } from '@codegen/contract';
import type { LoggedEvent } from '@codegen/queue';

type Stream = Pick<ServerResponse, 'write' | 'writableNeedDrain'>;

/** A stream gets a comment every SLOTS ticks, that is every 15 s. Proxies close connections that are silent for 60 s. */
const SLOTS = 15;
const TICK_MS = 1_000;

/**
 * Writes a comment to every event stream once in 15 s. One timer serves all streams, a fifteenth of them per second, so
 * that thousands of streams cause no burst. The timer runs only while a stream is open.
 */
export class Heartbeat {
  readonly #slots = Array.from({ length: SLOTS }, () => new Set<Stream>());
  #slot = 0;
  #count = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Returns a function that ends the comments. */
  keepAlive(stream: Stream): () => void {
    // The current slot is next due in 15 s.
    const slot = this.#slots[this.#slot]!;
    slot.add(stream);
    if (this.#count++ === 0) this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
    return () => {
      if (slot.delete(stream) && --this.#count === 0) clearInterval(this.#timer);
    };
  }

  #tick(): void {
    this.#slot = (this.#slot + 1) % SLOTS;
    for (const stream of this.#slots[this.#slot]!)
      if (!stream.writableNeedDrain) stream.write(': still here\n\n');
  }
}

interface Read<T> {
  readonly current: Promise<T>;
  next: Promise<T> | null;
}

/**
 * Coalesces reads of the same key, for example by thousands of streams whose job finishes. A caller that arrives during
 * a read shares the next one, so its result is never older than its call.
 */
export class SharedReads<T> {
  readonly #read: (key: string) => Promise<T>;
  readonly #reads = new Map<string, Read<T>>();

  constructor(read: (key: string) => Promise<T>) {
    this.#read = read;
  }

  get(key: string): Promise<T> {
    const read = this.#reads.get(key);
    if (read === undefined) return this.#begin(key);
    const begin = () => this.#begin(key);
    read.next ??= read.current.then(begin, begin);
    return read.next;
  }

  #begin(key: string): Promise<T> {
    const read: Read<T> = { current: this.#read(key), next: null };
    this.#reads.set(key, read);
    const end = () => {
      if (read.next === null) this.#reads.delete(key);
    };
    read.current.then(end, end);
    return read.current;
  }
}

export function startEventStream(response: ServerResponse) {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
}

/** Writes an event, and waits until a slow reader has read what was written: unread events stay in Redis. */
export async function writeFrame(response: ServerResponse, frame: string, signal: AbortSignal) {
  if (!response.write(frame)) await once(response, 'drain', { signal });
}

/**
 * Formats an event. `job` returns the job as JSON; a snapshot and the last event contain it. JSON has no line breaks, so
 * no text of a model or a user can end a frame.
 */
export async function frameOf({ sequence, event, costSoFar }: LoggedEvent, job: () => Promise<string>) {
  const type = event?.type ?? 'snapshot';
  const json = event === null || type === 'job.finished' ? await job() : null;
  // A snapshot replaces events, and with them the cost that they had.
  const cost = event === null ? ((JSON.parse(json ?? 'null') as Job | null)?.cost ?? null) : costSoFar;
  const data: Omit<EventData, 'job'> = { ...event, costSoFar: cost };
  const end = json === null ? '}' : `,"job":${json}}`;
  return `id: ${sequence}\nevent: ${type}\ndata: ${JSON.stringify(data).slice(0, -1)}${end}\n\n`;
}
