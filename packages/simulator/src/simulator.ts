import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CallLog, type CallRecord } from './call-log.ts';
import { AnswerBook } from './code/answer-book.ts';
import type { Context } from './completions.ts';
import type { FaultRule } from './faults/fault-rules.ts';
import { FaultRules } from './faults/fault-rules.ts';
import { sendFailure } from './http/json.ts';
import { route } from './routes.ts';

export interface SimulatorOptions {
  /** Default 0: any free port. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Delay before each answer, in ms; default 0. */
  latencyMs?: number;
  /** Speed of each answer; default 0: all at once. */
  tokensPerSecond?: number;
  /** If set, requests with any other bearer token get a 401. */
  apiKey?: string;
  /** Interval of keep-alive comments or blank lines, in ms; default 1000. */
  keepAliveCommentMs?: number;
  /** Maximum number of recorded calls; default 10,000. Prompts are limited to 32 Mi characters in total. */
  keepCalls?: number;
}

export interface Simulator extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/v1` */
  readonly baseUrl: string;
  readonly port: number;
  readonly faults: {
    /** @throws ZodError if the rule is invalid */
    add(rule: FaultRule): void;
    clear(): void;
  };
  /** The calls received, oldest first. A record changes until its call ends. */
  calls(): readonly CallRecord[];
  clearCalls(): void;
  /** Closes open connections at once. Idempotent. */
  close(): Promise<void>;
}

/** Rejects if the server cannot listen on the address. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { host = '127.0.0.1' } = options;
  const context: Context = {
    book: AnswerBook.read(),
    rules: new FaultRules(),
    calls: new CallLog(options.keepCalls),
    latencyMs: options.latencyMs ?? 0,
    tokensPerSecond: options.tokensPerSecond ?? 0,
    keepAliveMs: options.keepAliveCommentMs ?? 1000,
    apiKey: options.apiKey,
  };

  const server = createServer((request, response) => {
    response.setHeader('x-simulated', 'true');
    route(context, request, response).catch((error: unknown) => sendFailure(response, error));
  });
  // Longer than clients keep idle connections: the server must not close one while a client reuses it.
  server.keepAliveTimeout = 120_000;
  server.listen(options.port ?? 0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
    return closed;
  };

  return {
    baseUrl: `http://${host.includes(':') ? `[${host}]` : host}:${port}/v1`,
    port,
    faults: context.rules,
    calls: () => context.calls.all(),
    clearCalls: () => context.calls.clear(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
