import type { Job, Role, Route } from './job.ts';

export interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** On which terms the code is wanted. */
export interface JobTerms {
  /** Seconds from when the job is taken until it ends with what there is, 1 to 43200. */
  readonly deadlineSeconds?: number;
  /** US dollars for all model calls. */
  readonly maxCostUsd?: number;
}

/** What a job is asked: a query, or a whole conversation whose last message is the user's. */
export type JobRequest = (
  | { readonly query: string; readonly messages?: never }
  | { readonly messages: readonly Message[]; readonly query?: never }
) &
  JobTerms & {
    /** By role, the main model and its stand-ins; only models that the service allows. */
    readonly models?: Readonly<Partial<Record<Role, readonly string[]>>>;
    /** Words to find the job by. */
    readonly metadata?: Readonly<Record<string, string>>;
    /** Where the service tells that the job has ended. */
    readonly webhook?: string | { readonly url: string };
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
  const parameters = parametersOf({ ...filter, cursor });
  for (const [name, value] of Object.entries(metadata)) parameters.set(`metadata.${name}`, value);
  return parameters.toString();
}

/** A query string of what there is. */
export function parametersOf(values: object): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === null) continue;
    parameters.set(name, value instanceof Date ? value.toISOString() : String(value));
  }
  return parameters;
}
