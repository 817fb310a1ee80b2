import type { IncomingHttpHeaders } from 'node:http';
import type { CompletionRequest } from './completion-request.ts';
import type { Usage } from './usage.ts';

export interface CallRecord {
  /** The generation id. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly stage: string;
  /** The first one asked for. */
  readonly model: string;
  /** All that were asked for, in order. */
  readonly models: readonly string[];
  readonly stream: boolean;
  /** What the person asked for, without the prompt around it. */
  readonly request: string;
  /** As received, the key included. */
  readonly headers: IncomingHttpHeaders;
  readonly body: CompletionRequest;
  /**
   * `open` while it is being answered; `aborted` if the client disconnected before the end; `refused` for a wrong key or
   * a stage without a simulated answer.
   */
  status: 'open' | 'answered' | 'fault' | 'aborted' | 'refused';
  /** The kind of the fault that hit it. */
  fault?: string;
  /** The asked-for model that answered, or was to. */
  servedModel?: string;
  usage?: Usage;
  /** Milliseconds since 1970 at which it was over. */
  endedAt?: number;
}

const mostCharacters = 32 * 1024 * 1024;

/** The latest calls, bounded by their number and by the size of their bodies. */
export class CallLog {
  readonly #mostCalls: number;
  readonly #entries = new Map<string, { record: CallRecord; characters: number }>();
  #characters = 0;
  /** Goes on where it was: from the start it would have to step over all that were deleted. */
  #oldest = this.#entries.entries();
  readonly #watchers = new Set<(call: CallRecord) => void>();

  constructor(mostCalls = 10_000) {
    this.#mostCalls = mostCalls;
  }

  add(record: CallRecord, characters: number): void {
    this.#entries.set(record.id, { record, characters });
    this.#characters += characters;
    while (this.#entries.size > this.#mostCalls || this.#characters > mostCharacters) {
      const [id, { characters }] = this.#oldest.next().value!;
      this.#entries.delete(id);
      this.#characters -= characters;
    }
  }

  /** Tells the watchers that a call is being answered, or is over. */
  changed(call: CallRecord): void {
    for (const watcher of this.#watchers) watcher(call);
  }

  /** Calls back with every change of a call from now on; returns the way to stop it. */
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
