import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { CompletionRequest } from './completion-request.ts';
import type { Usage } from './pricing.ts';

export interface CallRecord {
  /** The generation id. */
  readonly id: string;
  /** Start, in milliseconds since 1970. */
  readonly at: number;
  readonly stage: string;
  /** The first requested model. */
  readonly model: string;
  /** All requested models in order of preference. */
  readonly models: readonly string[];
  readonly stream: boolean;
  /** The user's request without the surrounding prompt. */
  readonly request: string;
  /** As received, including the API key. */
  readonly headers: IncomingHttpHeaders;
  readonly body: CompletionRequest;
  /** `open` until the response ends; `aborted` if the client disconnected first; `refused` for a wrong key or a stage without a simulated answer. */
  status: 'open' | 'answered' | 'fault' | 'aborted' | 'refused';
  /** Kind of the injected fault. */
  fault?: string;
  /** The requested model that answered or would have answered. */
  servedModel?: string;
  usage?: Usage;
  /** End of the response, in milliseconds since 1970. */
  endedAt?: number;
}

const maxCharacters = 32 * 1024 * 1024;

/** The latest calls, bounded by their number and by the total size of their prompts. */
export class CallLog {
  readonly #maxCalls: number;
  readonly #entries = new Map<string, { record: CallRecord; characters: number }>();
  #characters = 0;
  /** Kept between deletions: a new iterator would step over all deleted entries again. */
  #oldest = this.#entries.entries();
  readonly #watchers = new Set<(call: CallRecord) => void>();

  constructor(maxCalls = 10_000) {
    this.#maxCalls = maxCalls;
  }

  add(record: CallRecord, characters: number): void {
    this.#entries.set(record.id, { record, characters });
    this.#characters += characters;
    while (this.#entries.size > this.#maxCalls || this.#characters > maxCharacters) {
      const [id, { characters }] = this.#oldest.next().value!;
      this.#entries.delete(id);
      this.#characters -= characters;
    }
  }

  /** Notifies watchers that a call started or ended. */
  changed(call: CallRecord): void {
    for (const watcher of this.#watchers) watcher(call);
  }

  /** Calls `watcher` with every later change of a call. @returns a function that stops this */
  watch(watcher: (call: CallRecord) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  get(id: string): CallRecord | undefined {
    return this.#entries.get(id)?.record;
  }

  all(): readonly CallRecord[] {
    return [...this.#entries.values()].map(({ record }) => record);
  }

  clear(): void {
    this.#entries.clear();
    this.#oldest = this.#entries.entries();
    this.#characters = 0;
  }
}

/**
 * Streams one line of JSON for each call that starts or ends, until the client disconnects. An answer is sent before
 * the line that reports its end.
 */
export function followCalls(calls: CallLog, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  const stop = calls.watch((call) => response.write(`${JSON.stringify(lineOf(call))}\n`));
  response.once('close', stop);
}

/** Omits texts and keys. `caller` is a hash that differs between API keys. */
const lineOf = ({ id, at, endedAt, stage, model, request, status, fault, headers }: CallRecord) => ({
  id,
  at,
  endedAt,
  stage,
  model,
  request,
  status,
  fault,
  caller: createHash('sha256')
    .update(headers.authorization ?? '')
    .digest('hex')
    .slice(0, 16),
});
