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
import { SERVERS, type ServerName } from './servers/profiles.ts';
import type { RefusedPart } from './servers/server-profile.ts';

export interface SimulatorOptions {
  /** Default 0: any free port. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Delay before each answer, in ms; default 0. */
  latencyMs?: number;
  /** Speed of each answer; default 0: all at once. */
  tokensPerSecond?: number;
  /** Longest time in ms that the text of an answer may take, whatever its speed; unlimited by default. */
  maxWritingMs?: number;
  /** The server to behave like; by default OpenRouter that accepts every model and needs no key. */
  as?: ServerName;
  /** Parts of a request that every model refuses. */
  refuses?: readonly RefusedPart[];
  /** If set, requests with any other bearer token get a 401. */
  apiKey?: string;
  /** Interval of keep-alive comments or blank lines, in ms; default 1000. */
  keepAliveCommentMs?: number;
  /** Maximum number of recorded calls; default 10,000. Prompts are limited to 32 Mi characters in total. */
  keepCalls?: number;
}

/** A pace at which a person can follow an answer: the first token after 300 ms, the text in 3 s at most. */
export const REALISTIC_PACE = { latencyMs: 300, tokensPerSecond: 80, maxWritingMs: 3_000 } as const;

export interface Simulator extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/v1`, or with the path of the server that it behaves like. */
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
  const server = options.as && SERVERS[options.as];
  const context: Context = {
    book: AnswerBook.read(),
    rules: new FaultRules(),
    calls: new CallLog(options.keepCalls),
    latencyMs: options.latencyMs ?? 0,
    tokensPerSecond: options.tokensPerSecond ?? 0,
    maxWritingMs: options.maxWritingMs ?? Number.POSITIVE_INFINITY,
    keepAliveMs: options.keepAliveCommentMs ?? 1000,
    apiKey: options.apiKey,
    server,
    refuses: options.refuses ?? [],
  };

  const http = createServer((request, response) => {
    response.setHeader('x-simulated', 'true');
    route(context, request, response).catch((error: unknown) => sendFailure(response, error));
  });
  // Longer than clients keep idle connections: the server must not close one while a client reuses it.
  http.keepAliveTimeout = 120_000;
  http.listen(options.port ?? 0, host);
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;

  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= new Promise((resolve) => {
      http.close(() => resolve());
      http.closeAllConnections();
    });
    return closed;
  };

  return {
    baseUrl: `http://${host.includes(':') ? `[${host}]` : host}:${port}${server?.basePaths[0] ?? '/v1'}`,
    port,
    faults: context.rules,
    calls: () => context.calls.all(),
    clearCalls: () => context.calls.clear(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
