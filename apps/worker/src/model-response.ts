import { readWhole } from './body.ts';
import type { Exchange } from './exchange.ts';

/** What is read whole is an error or a bill, and short. */
const MOST_BYTES = 1024 * 1024;

/** As much of a Response as the SDK looks at, of an exchange that is read without streams. */
export class ModelResponse {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: ModelHeaders;
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.status = exchange.status;
    this.ok = this.status >= 200 && this.status < 300;
    this.headers = new ModelHeaders(exchange);
    this.#exchange = exchange;
  }

  /** @throws OversizeError, whatever the connection breaks with */
  text(): Promise<string> {
    return readWhole(this.#exchange, MOST_BYTES);
  }
}

class ModelHeaders {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  get(name: string): string | null {
    return this.#exchange.header(name.toLowerCase());
  }

  *entries(): Generator<[string, string]> {
    for (const name of Object.keys(this.#exchange.headers)) yield [name, this.get(name) ?? ''];
  }
}
