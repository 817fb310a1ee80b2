import type { ProblemType } from '@codegen/contract';
import type { z } from 'zod';

/** What is answered when all went well; or, under the status of problems, what else such an answer has. */
export interface Answer {
  readonly description?: string;
  /** A header that is not optional is always there. */
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** `application/json`, or of a problem `application/problem+json`, if it is nothing else. */
  readonly mediaType?: string | readonly string[];
}

/** One thing a client can ask for, as data: `openapi.ts` makes the document of them. */
export interface Operation {
  /** Stable: clients are generated with it. */
  readonly id: string;
  readonly method: 'get' | 'post' | 'delete';
  /** With parameters in braces. */
  readonly path: string;
  readonly tag: 'Code' | 'Jobs' | 'Service';
  readonly summary: string;
  readonly description?: string;
  /** For everybody: no key is asked for. */
  readonly open?: true;
  /** Counts against the rate that a caller may have, whatever it is answered. */
  readonly counted?: true;
  readonly parameters?: {
    readonly path?: z.ZodObject;
    readonly query?: z.ZodObject;
    readonly header?: z.ZodObject;
  };
  /** JSON. */
  readonly body?: z.ZodType;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Beside those that every operation has, see `problemsOf`. */
  readonly problems: readonly ProblemType[];
}

const ALWAYS: readonly ProblemType[] = [
  'malformed-request',
  'request-timeout',
  'body-too-large',
  'headers-too-large',
  'internal-error',
];

/** Every problem an operation can be answered with. */
export function problemsOf({ path, open, counted, problems }: Operation): ProblemType[] {
  const all = new Set([...problems, ...ALWAYS]);
  if (!open) all.add('unauthorized').add('foreign-page').add('queue-unavailable');
  if (counted) all.add('rate-limited');
  if (path.includes('{')) all.add('invalid-encoding');
  return [...all];
}
