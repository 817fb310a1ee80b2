import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CallLog, type CallRecord } from './call-log.ts';
import { AnswerBook } from './code/answer-book.ts';
import type { Context } from './context.ts';
import type { FaultRule } from './faults/fault-rule.ts';
import { FaultRules } from './faults/fault-rules.ts';
import { sendFailure } from './http/send-failure.ts';
import { route } from './router.ts';

export interface SimulatorOptions {
  /** 0, the default: any free one. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** How long each answer takes to begin; default 0. */
  latencyMs?: number;
  /** How fast each answer is written; default 0: all at once. */
  tokensPerSecond?: number;
  /** If set, any other bearer gets a 401. */
  apiKey?: string;
  /** How often a waiting client is sent a comment or a blank line; default 1000. */
  keepAliveCommentMs?: number;
  /** How many calls are remembered; default 10,000, and 32 Mi characters of prompts at most. */
  keepCalls?: number;
}

export interface Simulator extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/v1` */
  readonly baseUrl: string;
  readonly port: number;
  readonly faults: {
    /** Throws a `ZodError` for a rule that is none. */
    add(rule: FaultRule): void;
    clear(): void;
  };
  /** The completion calls received, oldest first; a record changes while its call is being answered. */
  calls(): readonly CallRecord[];
  clearCalls(): void;
  /** Ends open connections at once. May be called twice. */
  close(): Promise<void>;
}

/** Rejects if it cannot listen there. */
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
  // Longer than any client keeps an idle connection, so that none is closed as its client takes it up again.
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
