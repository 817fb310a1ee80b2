import type { IncomingMessage } from 'node:http';
import type { CallLog } from './call-log.ts';
import type { AnswerBook } from './code/answer-book.ts';
import type { FaultRules } from './faults/fault-rules.ts';
import { ApiError } from './http/api-error.ts';

/** What every endpoint may use. */
export interface Context {
  readonly book: AnswerBook;
  readonly rules: FaultRules;
  readonly calls: CallLog;
  readonly latencyMs: number;
  readonly tokensPerSecond: number;
  readonly keepAliveMs: number;
  readonly apiKey: string | undefined;
}

export function checkKey({ apiKey }: Context, request: IncomingMessage): void {
  if (apiKey !== undefined && request.headers.authorization !== `Bearer ${apiKey}`) {
    throw new ApiError(401, 'Simulated: no such key');
  }
}
