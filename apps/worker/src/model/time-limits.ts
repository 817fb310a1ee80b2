/** Limits of one call in ms. */
export interface TimeLimits {
  /** From the start of the call to the first text or reasoning. */
  readonly firstTokenMs: number;
  /** Without text or reasoning after that. Comments do not count. */
  readonly idleMs: number;
  /** The whole call, from the connection to the end of the response. */
  readonly timeoutMs: number;
}

/** A model is writing if something arrived in the last tenth of the time. */
const WRITING_PART = 10;

const seconds = (ms: number) => `${ms / 1_000} s`;

export interface ExceededLimit {
  /** Names the setting. */
  readonly detail: string;
  /** Whether it is the limit of the whole call, and text or reasoning was arriving. */
  readonly isWriting: boolean;
}

/** Ends a call that takes too long. */
export class CallTimer {
  /** The limit that was exceeded; null if none was. */
  exceeded: ExceededLimit | null = null;
  readonly #limits: TimeLimits;
  readonly #onExceeded: () => void;
  readonly #total: NodeJS.Timeout;
  readonly #firstToken: NodeJS.Timeout;
  #idle: NodeJS.Timeout | undefined;
  #lastProgress = Number.NEGATIVE_INFINITY;

  constructor(limits: TimeLimits, onExceeded: () => void) {
    this.#limits = limits;
    this.#onExceeded = onExceeded;
    const { timeoutMs, firstTokenMs } = limits;
    this.#total = this.#start(timeoutMs, `${seconds(timeoutMs)} in all (MODEL_TIMEOUT_SECONDS)`, true);
    const detail = `no text within ${seconds(firstTokenMs)} (MODEL_FIRST_TOKEN_SECONDS)`;
    this.#firstToken = this.#start(firstTokenMs, detail);
  }

  /** Call it when text or reasoning has arrived. */
  progress(): void {
    this.#lastProgress = performance.now();
    if (this.#idle !== undefined) return void this.#idle.refresh();
    clearTimeout(this.#firstToken);
    const { idleMs } = this.#limits;
    this.#idle = this.#start(idleMs, `no further text for ${seconds(idleMs)} (MODEL_IDLE_SECONDS)`);
  }

  stop(): void {
    for (const timer of [this.#total, this.#firstToken, this.#idle]) clearTimeout(timer);
  }

  #start(ms: number, detail: string, isTotal = false): NodeJS.Timeout {
    return setTimeout(() => {
      if (this.exceeded !== null) return;
      const silentMs = performance.now() - this.#lastProgress;
      this.exceeded = { detail, isWriting: isTotal && silentMs < this.#limits.timeoutMs / WRITING_PART };
      this.stop();
      this.#onExceeded();
    }, ms);
  }
}
