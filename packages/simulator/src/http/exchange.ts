import type { ServerResponse } from 'node:http';

export interface KeepAlive {
  readonly text: string;
  readonly everyMs: number;
}

const longestTimer = 2 ** 31 - 1;

/** One response being given: it can wait, and knows when its client has left. */
export class Exchange {
  /** Whether the client left before the response was over. */
  left = false;
  readonly #response: ServerResponse;
  readonly #over: (how: 'served' | 'left') => void;
  #served = false;
  #wake: (() => void) | undefined;

  /** `over` is told once how the exchange ended. */
  constructor(response: ServerResponse, over: (how: 'served' | 'left') => void) {
    this.#response = response;
    this.#over = over;
    response.once('close', () => {
      if (this.#served) return;
      this.left = true;
      over('left');
      this.#wake?.();
    });
  }

  /** Later calls change nothing, as the headers are on their way. */
  start(status: number, headers: Readonly<Record<string, string>>): void {
    if (!this.#response.headersSent) this.#response.writeHead(status, headers);
  }

  write(text: string): void {
    this.#response.write(text);
  }

  end(text: string): void {
    this.#serve();
    this.#response.end(text);
  }

  /** Closes the connection behind this text, leaving the response without an end. */
  cut(text: string): void {
    this.#serve();
    this.#response.write(text, () => this.#response.destroy());
  }

  reset(): void {
    this.#serve();
    this.#response.socket?.resetAndDestroy();
  }

  /** Waits, `Infinity` for ever, but not beyond the client's leaving. */
  async idle(ms: number, keepAlive?: KeepAlive): Promise<void> {
    const until = performance.now() + ms;
    for (let rest = ms; rest > 0 && !this.left; rest = until - performance.now()) {
      const next = Math.min(rest, keepAlive?.everyMs ?? longestTimer, longestTimer);
      await this.#pause(next);
      if (keepAlive && next < rest && !this.left && this.#response.headersSent) this.write(keepAlive.text);
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
    this.#over('served');
  }
}
