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

const FIRST_BYTES = 1_024;
/** A buffer keeps its memory after `take` up to this size. */
const KEPT_BYTES = 64 * 1024;

/**
 * Joins pieces in time and memory linear in their bytes, however small they are. Strings joined by `+` need 32 bytes per
 * piece in V8, and arrays keep an object per piece.
 */
export class ByteBuffer {
  #bytes = Buffer.alloc(0);
  #length = 0;
  readonly #maxBytes: number;
  readonly #memory: CallMemory | undefined;

  constructor(maxBytes: number, memory?: CallMemory) {
    this.#maxBytes = maxBytes;
    this.#memory = memory;
  }

  get length(): number {
    return this.#length;
  }

  /** @throws ResponseTooLargeError above the limit; the buffer then holds what fits */
  append(piece: Uint8Array): void {
    const fitting = piece.subarray(0, this.#maxBytes - this.#length);
    this.#reserve(fitting.length);
    this.#bytes.set(fitting, this.#length);
    this.#length += fitting.length;
    if (fitting.length < piece.length) throw new ResponseTooLargeError(`more than ${this.#maxBytes} bytes`);
  }

  /** Appends well-formed text as UTF-8. @throws ResponseTooLargeError above the limit, without appending anything */
  appendText(text: string): void {
    const length = Buffer.byteLength(text);
    if (this.#length + length > this.#maxBytes)
      throw new ResponseTooLargeError(`more than ${this.#maxBytes} bytes`);
    this.#reserve(length);
    this.#length += this.#bytes.write(text, this.#length);
  }

  toString(): string {
    return this.#bytes.toString('utf8', 0, this.#length);
  }

  /** Returns the text and empties the buffer. */
  take(): string {
    const text = this.toString();
    this.#length = 0;
    if (this.#bytes.length > KEPT_BYTES) {
      this.#memory?.take(-this.#bytes.length);
      this.#bytes = Buffer.alloc(0);
    }
    return text;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const size = Math.max(FIRST_BYTES, needed, Math.min(2 * this.#bytes.length, this.#maxBytes));
    this.#memory?.take(size - this.#bytes.length);
    const grown = Buffer.allocUnsafeSlow(size);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
