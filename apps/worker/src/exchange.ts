import type { Dispatcher } from 'undici';

/** The connection broke, or the other side did not speak HTTP; the reason is the cause. */
export class BrokenExchange extends Error {
  override readonly name = 'BrokenExchange';
}

/** Bytes held for a reader that has not come yet. */
const MOST_HELD = 64 * 1024;

/** A server need not close the response after the last that matters; then the connection is not worth keeping. */
const LONGEST_DRAIN_MS = 1_000;

type Controller = Dispatcher.DispatchController;
type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * One request and its response, read as it arrives: each piece goes to the reader in the turn it came in, without
 * streams in between. Can be hung up on at any time, even before it is sent.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  status = 0;
  headers: Headers = {};
  #controller: Controller | null = null;
  #head: PromiseWithResolvers<void> | null = null;
  #body: PromiseWithResolvers<void> | null = null;
  #onData: ((piece: Buffer) => void) | null = null;
  readonly #held: Buffer[] = [];
  #heldBytes = 0;
  #isSent = false;
  #isLeft = false;
  #isOver = false;
  #fault: Error | null = null;
  #drain: NodeJS.Timeout | undefined;

  /** Resolves when `status` and `headers` are there. To be called once. @throws BrokenExchange, or what it was hung up with */
  async send(dispatcher: Dispatcher, request: Dispatcher.DispatchOptions): Promise<void> {
    if (this.#fault !== null) throw this.#fault;
    this.#head = Promise.withResolvers();
    dispatcher.dispatch(request, this);
    return this.#head.promise;
  }

  /** Whether anything was sent: until the connection stands, nothing is. */
  get isSent(): boolean {
    return this.#isSent;
  }

  /** A header of the response by its name in small letters. */
  header(name: string): string | null {
    const value = this.headers[name];
    return typeof value === 'string' ? value : (value?.join(', ') ?? null);
  }

  /**
   * Gives the body to `onData` until it ends or `leave` is called. To be called once.
   * @throws BrokenExchange, what it was hung up with, or what `onData` throws, which ends the connection
   */
  read(onData: (piece: Buffer) => void): Promise<void> {
    this.#body = Promise.withResolvers();
    this.#onData = onData;
    for (const piece of this.#held.splice(0)) this.#tell(piece);
    if (this.#fault !== null) this.#body.reject(this.#fault);
    else if (this.#isOver) this.#body.resolve();
    else this.#controller?.resume();
    return this.#body.promise;
  }

  /** The rest does not matter: whoever reads is done, and the connection is kept if the rest comes soon. */
  leave(): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#body?.resolve();
    if (this.#isOver) return;
    this.#drain = setTimeout(() => this.hangUp(new BrokenExchange()), LONGEST_DRAIN_MS).unref();
  }

  /** Ends the exchange and, if it was under way, its connection. Does nothing once it is over. */
  hangUp(reason: Error): void {
    if (this.#isOver) return;
    this.#end(reason);
    this.#controller?.abort(reason);
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#fault === null) this.#isSent = true;
    else controller.abort(this.#fault);
  }

  onResponseStart(_controller: Controller, status: number, headers: Headers): void {
    if (status < 200) return;
    this.status = status;
    this.headers = headers;
    this.#head?.resolve();
  }

  onResponseData(controller: Controller, piece: Buffer): void {
    if (this.#onData !== null) this.#tell(piece);
    else this.#hold(controller, piece);
  }

  onResponseEnd(): void {
    this.#end(null);
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#end(new BrokenExchange('the connection broke', { cause: error }));
  }

  #hold(controller: Controller, piece: Buffer): void {
    this.#held.push(piece);
    this.#heldBytes += piece.length;
    if (this.#heldBytes > MOST_HELD) controller.pause();
  }

  #tell(piece: Buffer): void {
    if (this.#isLeft || this.#fault !== null) return;
    try {
      this.#onData?.(piece);
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error));
      // An answer in a single packet is over before it is read.
      if (this.#isOver) this.#fault = reason;
      else this.hangUp(reason);
    }
  }

  #end(fault: Error | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#fault = fault;
    clearTimeout(this.#drain);
    if (fault === null) return void this.#body?.resolve();
    this.#head?.reject(fault);
    this.#body?.reject(fault);
  }
}
