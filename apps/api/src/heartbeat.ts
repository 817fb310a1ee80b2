import type { ServerResponse } from 'node:http';

type Stream = Pick<ServerResponse, 'write' | 'writableNeedDrain'>;

/** Proxies cut connections that are silent for a minute. */
const TURNS = 15;
const TURN_MS = 1_000;

/**
 * Writes a comment to every event stream once in 15 s. One timer serves them all, and each second some of them, so that
 * thousands are no burst. It runs while there are any.
 */
export class Heartbeat {
  readonly #streams = Array.from({ length: TURNS }, () => new Set<Stream>());
  #turn = 0;
  #count = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Until what it returns is called. */
  keepAlive(stream: Stream): () => void {
    // Those whose turn has just been: the first comment comes in 15 s.
    const streams = this.#streams[this.#turn]!;
    streams.add(stream);
    if (this.#count++ === 0) this.#timer = setInterval(() => this.#beat(), TURN_MS).unref();
    return () => {
      if (streams.delete(stream) && --this.#count === 0) clearInterval(this.#timer);
    };
  }

  #beat(): void {
    this.#turn = (this.#turn + 1) % TURNS;
    for (const stream of this.#streams[this.#turn]!)
      if (!stream.writableNeedDrain) stream.write(': still here\n\n');
  }
}
