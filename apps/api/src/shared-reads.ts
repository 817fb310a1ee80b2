interface Turn<T> {
  readonly now: Promise<T>;
  next: Promise<T> | null;
}

/**
 * Reads that many want at the same moment, when something they all wait for has happened: who asks while one is under
 * way shares the one after it with all who do. What is got is never older than the asking.
 */
export class SharedReads<T> {
  readonly #read: (key: string) => Promise<T>;
  readonly #turns = new Map<string, Turn<T>>();

  constructor(read: (key: string) => Promise<T>) {
    this.#read = read;
  }

  get(key: string): Promise<T> {
    const turn = this.#turns.get(key);
    if (turn === undefined) return this.#begin(key);
    const begin = () => this.#begin(key);
    turn.next ??= turn.now.then(begin, begin);
    return turn.next;
  }

  #begin(key: string): Promise<T> {
    const turn: Turn<T> = { now: this.#read(key), next: null };
    this.#turns.set(key, turn);
    const end = () => {
      if (turn.next === null) this.#turns.delete(key);
    };
    turn.now.then(end, end);
    return turn.now;
  }
}
