import type { Job, Route } from './job.ts';

export interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** What a job is asked: a query, or a whole conversation whose last message is the user's. */
export type JobRequest = (
  | { readonly query: string; readonly messages?: never }
  | { readonly messages: readonly Message[]; readonly query?: never }
) & {
  /** Words to find the job by. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Seconds the answer may be held back until the job has finished. */
  readonly wait?: number;
};

/** Which jobs to list; what is left out does not matter. */
export interface JobFilter {
  readonly status?: Job['status'];
  readonly route?: Route;
  /** Both included. */
  readonly createdFrom?: Date | string;
  readonly createdTo?: Date | string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly idempotencyKey?: string;
  /** Jobs that are fetched at a time, 1 to 100. */
  readonly limit?: number;
}

/** The query string of a page of jobs. */
export function listParameters({ metadata = {}, ...filter }: JobFilter, cursor: string | null): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filter, cursor })) {
    if (value === undefined || value === null) continue;
    parameters.set(name, value instanceof Date ? value.toISOString() : String(value));
  }
  for (const [name, value] of Object.entries(metadata)) parameters.set(`metadata.${name}`, value);
  return parameters.toString();
}
