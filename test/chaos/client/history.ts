import { z } from 'zod';
import type { TestRequest } from './requests.ts';

/** All that a client observed for one request. Times are milliseconds since 1970. */
export interface RequestRecord {
  readonly request: TestRequest;
  readonly sentAt: number;
  /** Accepted jobs in order; more than one only if jobs were lost. */
  readonly jobs: {
    readonly id: string;
    readonly sentAt: number;
    readonly acceptedAt: number;
    /** Time at which the job was found to be lost. */
    vanishedAt: number | null;
  }[];
  /** Problem types of refusals, after which the client retried. */
  readonly refusals: string[];
  /** Number of broken connections. */
  brokenConnections: number;
  /** Body of a 200 of `GET /generate`; must equal the job's result. */
  body: unknown;
  /** The finished job. */
  job: JobView | null;
  /** The last response for the job. */
  latest: JobView | null;
  finishedAt: number | null;
  /** Responses that violate the API's guarantees. */
  readonly errors: string[];
}

/** A fault of a part of the system and its duration. */
export interface Incident {
  readonly kind: 'kill' | 'hung' | 'away' | 'loss';
  /** Name of the affected process, if it is one. */
  readonly process: string | null;
  readonly at: number;
  until: number | null;
}

/** Requests and incidents of a campaign. */
export interface History {
  readonly records: RequestRecord[];
  readonly incidents: Incident[];
  begin(request: TestRequest): RequestRecord;
  /** Starts an incident. @returns a function that ends it */
  incident(kind: Incident['kind'], process?: string): () => void;
}

export function createHistory(): History {
  const records: RequestRecord[] = [];
  const incidents: Incident[] = [];
  return {
    records,
    incidents,
    begin(request) {
      const record: RequestRecord = {
        request,
        sentAt: Date.now(),
        jobs: [],
        refusals: [],
        brokenConnections: 0,
        body: undefined,
        job: null,
        latest: null,
        finishedAt: null,
        errors: [],
      };
      records.push(record);
      return record;
    },
    incident(kind, process) {
      const incident: Incident = { kind, process: process ?? null, at: Date.now(), until: null };
      incidents.push(incident);
      return () => {
        incident.until = Date.now();
      };
    },
  };
}

const text = z.string();

/** The fields of `GET /jobs/:id` that the checks use. */
export const jobView = z.object({
  id: text,
  status: z.enum(['queued', 'running', 'completed', 'failed', 'cancelled']),
  route: z.enum(['simple', 'complex', 'ambiguous']).nullable(),
  degraded: z.array(z.object({ stage: text, code: text, consequence: text })),
  stages: z.array(
    z.object({
      name: text,
      status: text,
      calls: z.array(z.object({ failure: z.object({ code: text }).nullable() })),
    }),
  ),
  result: z
    .object({
      code: text,
      feedback: text.optional(),
      ambiguous: z.boolean().optional(),
      steps: z.record(text, text).optional(),
    })
    .nullable(),
  problem: z.object({ type: text, code: text.optional() }).nullable(),
});

export type JobView = z.output<typeof jobView>;

export const isFinished = ({ status }: JobView) => status !== 'queued' && status !== 'running';
