import type { Failure } from '@codegen/pipeline';
import OpenAI from 'openai';
import { OversizeError } from './body.ts';
import { BrokenExchange } from './exchange.ts';
import { failureOf, modelFailure } from './model-failure.ts';

/** The failure that something thrown during a call stands for; `key` is masked in what the server said. */
export function failureOfFault(fault: unknown, key: string | null): Failure {
  if (fault instanceof OversizeError) return modelFailure('truncated');
  if (fault instanceof SyntaxError)
    return modelFailure('upstream-error', 'it sent something that is no completion');
  if (fault instanceof OpenAI.APIConnectionTimeoutError) return modelFailure('timeout');
  const code = systemCode(fault);
  if (/TIMEOUT/.test(code)) return modelFailure('timeout', code);
  if (fault instanceof BrokenExchange || fault instanceof OpenAI.APIConnectionError)
    return modelFailure('connection', code);
  if (!(fault instanceof OpenAI.APIError)) return modelFailure('internal');
  const { status, error, headers } = fault;
  return failureOf({ status, error, headers, key, now: Date.now() });
}

/** `ECONNREFUSED` and the like, from wherever in the chain of causes it is. */
function systemCode(fault: unknown): string {
  for (let error = fault; error instanceof Error; error = error.cause) {
    if ('code' in error && typeof error.code === 'string' && /^[A-Z\d_]+$/.test(error.code))
      return error.code;
  }
  return '';
}
