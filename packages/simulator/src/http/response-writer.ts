import type { ServerResponse } from 'node:http';

export interface KeepAlive {
  readonly text: string;
  readonly everyMs: number;
}

const maxTimerMs = 2 ** 31 - 1;

/** Writes one response with pauses and detects that the client disconnected. */
export class ResponseWriter {
  /** Whether the client disconnected before the end of the response. */
  disconnected = false;
  readonly #response: ServerResponse;
  readonly #onEnd: (how: 'served' | 'disconnected') => void;
  #served = false;
  #wake: (() => void) | undefined;

  /** Calls `onEnd` once. */
  constructor(response: ServerResponse, onEnd: (how: 'served' | 'disconnected') => void) {
    this.#response = response;
    this.#onEnd = onEnd;
    response.once('close', () => {
      if (this.#served) return;
      this.disconnected = true;
      onEnd('disconnected');
      this.#wake?.();
    });
  }

  /** Sends the headers. Further calls have no effect. */
  start(status: number, headers: Readonly<Record<string, string>>): void {
    if (!this.#response.headersSent) this.#response.writeHead(status, headers);
  }

  write(text: string | Buffer): void {
    this.#response.write(text);
  }

  end(text: string): void {
    this.#serve();
    this.#response.end(text);
  }

  /** Writes the text and closes the connection without ending the response. */
  cut(text: string): void {
    this.#serve();
    this.#response.write(text, () => this.#response.destroy());
  }

  reset(): void {
    this.#serve();
    this.#response.socket?.resetAndDestroy();
  }

  /** Resolves after `ms`, possibly Infinity, or when the client disconnects. Writes keep-alives once headers are sent. */
  async idle(ms: number, keepAlive?: KeepAlive): Promise<void> {
    const until = performance.now() + ms;
    for (let rest = ms; rest > 0 && !this.disconnected; rest = until - performance.now()) {
      const next = Math.min(rest, keepAlive?.everyMs ?? maxTimerMs, maxTimerMs);
      await this.#pause(next);
      if (keepAlive && next < rest && !this.disconnected && this.#response.headersSent)
        this.write(keepAlive.text);
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #serve(): void {
    this.#served = true;
    this.#onEnd('served');
  }
}
