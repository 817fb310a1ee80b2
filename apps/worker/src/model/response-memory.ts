/** The response exceeds a limit. The message names it. */
export class ResponseTooLargeError extends Error {
  override readonly name = 'ResponseTooLargeError';
}

/** Bytes that a call may always take. */
const FREE_BYTES = 256 * 1024;

/** Limits the memory of all responses that are being received, so that many large ones cannot end the process. */
export class ResponseMemory {
  #used = 0;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Accounts for one call. Release it at the end of the call. */
  forCall(): CallMemory {
    let own = 0;
    return {
      take: (bytes) => {
        const isTooMuch = bytes > 0 && own + bytes > FREE_BYTES && this.#used + bytes > this.#maxBytes;
        if (isTooMuch) throw new ResponseTooLargeError('other responses take the memory for it');
        own += bytes;
        this.#used += bytes;
      },
      release: () => {
        this.#used -= own;
        own = 0;
      },
    };
  }
}

export interface CallMemory {
  /** Takes bytes, or gives some back if negative. @throws ResponseTooLargeError */
  take(bytes: number): void;
  release(): void;
}
