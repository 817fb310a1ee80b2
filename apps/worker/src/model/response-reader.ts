import type { Dispatcher } from 'undici';
import { ByteBuffer } from './response-memory.ts';

/** The connection failed or the server did not send HTTP. `cause` has the reason. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

/** Bytes buffered before the body is read; above this the connection is paused. */
const MAX_BUFFERED_BYTES = 64 * 1024;

/** Time in ms that a server has to end a response whose rest is ignored; then its connection is closed. */
const DRAIN_TIMEOUT_MS = 1_000;

type Controller = Dispatcher.DispatchController;
type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Sends one request and reads its response without streams: each piece of the body goes to a callback in the tick it
 * arrives. Can be aborted at any time, also before it is sent.
 */
export class ResponseReader implements Dispatcher.DispatchHandler {
  status = 0;
  /** The start of the body of an error, once read. */
  errorText = '';
  headers: Headers = {};
  #controller: Controller | null = null;
  #head: PromiseWithResolvers<void> | null = null;
  #body: PromiseWithResolvers<void> | null = null;
  #onData: ((piece: Buffer) => void) | null = null;
  readonly #buffered: Buffer[] = [];
  #bufferedBytes = 0;
  #isSent = false;
  #ignoresRest = false;
  #isEnded = false;
  #error: Error | null = null;
  #drainTimer: NodeJS.Timeout | undefined;

  /** Resolves when `status` and `headers` are set. Call it once. @throws ConnectionError, or the reason of `abort` */
  async send(dispatcher: Dispatcher, request: Dispatcher.DispatchOptions): Promise<void> {
    if (this.#error !== null) throw this.#error;
    this.#head = Promise.withResolvers();
    dispatcher.dispatch(request, this);
    return this.#head.promise;
  }

  /** Whether the request was written to a connection. False while the connection is still being made. */
  get isSent(): boolean {
    return this.#isSent;
  }

  /** A response header by its lower-case name. */
  header(name: string): string | null {
    const value = this.headers[name];
    return typeof value === 'string' ? value : (value?.join(', ') ?? null);
  }

  /**
   * Passes the body to `onData` until it ends or `ignoreRest` is called. Call it once.
   * @throws ConnectionError, the reason of `abort`, or what `onData` throws, which closes the connection
   */
  read(onData: (piece: Buffer) => void): Promise<void> {
    this.#body = Promise.withResolvers();
    this.#onData = onData;
    for (const piece of this.#buffered.splice(0)) this.#deliver(piece);
    if (this.#error !== null) this.#body.reject(this.#error);
    else if (this.#isEnded) this.#body.resolve();
    else this.#controller?.resume();
    return this.#body.promise;
  }

  /** Reads the whole body as UTF-8. @throws ResponseTooLargeError above `maxBytes`; what `read` throws */
  async text(maxBytes: number): Promise<string> {
    const body = new ByteBuffer(maxBytes);
    await this.read((piece) => body.append(piece));
    return body.take();
  }

  /** Reads what arrives of a body, at most `maxBytes`, as UTF-8. Never rejects. */
  async start(maxBytes: number): Promise<string> {
    const body = new ByteBuffer(maxBytes);
    await this.read((piece) => body.append(piece)).catch(() => {});
    return body.take();
  }

  /** Resolves `read` and ignores the rest of the body. The connection is reused if the response ends soon. */
  ignoreRest(): void {
    if (this.#ignoresRest) return;
    this.#ignoresRest = true;
    this.#body?.resolve();
    if (this.#isEnded) return;
    this.#drainTimer = setTimeout(() => this.abort(new ConnectionError()), DRAIN_TIMEOUT_MS).unref();
  }

  /** Rejects pending calls with `reason` and closes the connection. Does nothing after the end of the response. */
  abort(reason: Error): void {
    if (this.#isEnded) return;
    this.#end(reason);
    this.#controller?.abort(reason);
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#error === null) this.#isSent = true;
    else controller.abort(this.#error);
  }

  onResponseStart(_controller: Controller, status: number, headers: Headers): void {
    if (status < 200) return;
    this.status = status;
    this.headers = headers;
    this.#head?.resolve();
  }

  onResponseData(controller: Controller, piece: Buffer): void {
    if (this.#onData !== null) this.#deliver(piece);
    else this.#buffer(controller, piece);
  }

  onResponseEnd(): void {
    this.#end(null);
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#end(new ConnectionError('the connection failed', { cause: error }));
  }

  #buffer(controller: Controller, piece: Buffer): void {
    this.#buffered.push(piece);
    this.#bufferedBytes += piece.length;
    if (this.#bufferedBytes > MAX_BUFFERED_BYTES) controller.pause();
  }

  #deliver(piece: Buffer): void {
    if (this.#ignoresRest || this.#error !== null) return;
    try {
      this.#onData?.(piece);
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error));
      // A response in a single packet ends before its body is read.
      if (this.#isEnded) this.#error = reason;
      else this.abort(reason);
    }
  }

  #end(error: Error | null): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#error = error;
    clearTimeout(this.#drainTimer);
    if (error === null) return void this.#body?.resolve();
    this.#head?.reject(error);
    this.#body?.reject(error);
  }
}
