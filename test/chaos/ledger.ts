import type { JobSeen } from './job-seen.ts';
import type { Asked } from './request.ts';

/** What a client went through with one request. Times are milliseconds since 1970. */
export interface Entry {
  readonly asked: Asked;
  readonly askedAt: number;
  /** The jobs it was given, in order: more than one only after one vanished. */
  readonly jobs: {
    readonly id: string;
    readonly askedAt: number;
    readonly acceptedAt: number;
    /** When it was found not to be there. */
    vanishedAt: number | null;
  }[];
  /** Refusals by their problem type: to each the client came back. */
  readonly refusals: string[];
  /** Connections that broke while it asked or waited. */
  broken: number;
  /** The body of a 200 of `GET /generate`, which is to be the job's result. */
  body: unknown;
  /** When it is over. */
  job: JobSeen | null;
  /** As it was last seen. */
  latest: JobSeen | null;
  finishedAt: number | null;
  /** Answers that no client should get. */
  readonly wrong: string[];
}

/** Something done to a part of the system, for as long as it lasted. */
export interface Incident {
  readonly kind: string;
  /** The unit it was done to, if to one. */
  readonly unit: string | null;
  readonly at: number;
  until: number | null;
}

/** All that happened, to be accounted for at the end. */
export interface Ledger {
  readonly entries: Entry[];
  readonly incidents: Incident[];
  begin(asked: Asked): Entry;
  /** Notes an incident that goes on until what is returned is called. */
  incident(kind: string, unit?: string): () => void;
}

export function openLedger(): Ledger {
  const entries: Entry[] = [];
  const incidents: Incident[] = [];
  return {
    entries,
    incidents,
    begin(asked) {
      const entry: Entry = {
        asked,
        askedAt: Date.now(),
        jobs: [],
        refusals: [],
        broken: 0,
        body: undefined,
        job: null,
        latest: null,
        finishedAt: null,
        wrong: [],
      };
      entries.push(entry);
      return entry;
    },
    incident(kind, unit) {
      const incident: Incident = { kind, unit: unit ?? null, at: Date.now(), until: null };
      incidents.push(incident);
      return () => {
        incident.until = Date.now();
      };
    },
  };
}
