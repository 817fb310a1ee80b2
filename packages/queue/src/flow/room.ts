/** Counts the strands a worker has in hand of one queue: those its jobs bring, and those they carry besides. */
export class Room {
  readonly #most: number;
  #strands = 0;

  /** @param most jobs the worker takes at a time */
  constructor(most: number) {
    this.#most = most;
  }

  /** Counts a strand in until it is disposed of. */
  enter(): Disposable {
    return this.#add(1);
  }

  /**
   * Counts in strands that could have jobs of their own. Null if the worker would be more than half full with them: then
   * others may have more room, and the queue's list of active jobs tells how busy workers are.
   */
  take(strands: number): Disposable | null {
    return 2 * (this.#strands + strands) > this.#most ? null : this.#add(strands);
  }

  #add(strands: number): Disposable {
    this.#strands += strands;
    return {
      [Symbol.dispose]: () => {
        this.#strands -= strands;
      },
    };
  }
}
