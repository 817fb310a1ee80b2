import {
  atRest,
  buildCode,
  type CodeFile,
  type Graph,
  NO_TERMS,
  type Output,
  type Route,
  type Run,
  resultOf,
  type Settled,
  type StageRecord,
  type Step,
} from '@codegen/pipeline';
import { readWebhook, type Webhook } from '../webhooks/webhook.ts';

/** A run as its hash holds it: its course, and what its caller gave with it. */
export interface StoredRun extends Run {
  readonly caller: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly idempotencyKey: string | null;
  readonly webhook: Webhook | null;
  /** The number of its last event. */
  readonly lastEvent: number;
  /** US dollars so far; null if nothing is known. */
  readonly cost: number | null;
  /** Stages whose other branches have jobs of their own. */
  readonly forked: readonly string[];
}

/** A run from the fields of its hash. */
export function readRun(graph: Graph, id: string, fields: Readonly<Record<string, string>>): StoredRun {
  const stages = readStages(graph, fields);
  const run = atRest({
    id,
    conversation: JSON.parse(fields.conversation ?? '[]'),
    seed: Number(fields.seed),
    terms: { ...NO_TERMS, ...JSON.parse(fields.terms ?? '{}') },
    createdAt: Number(fields.createdAt),
    route: (fields.route ?? null) as Route | null,
    stages,
    settled: fields.settled ? deserializeOutcome(graph, stages, fields.settled) : null,
    settledAt: fields.settledAt ? Number(fields.settledAt) : null,
  });
  return {
    ...run,
    caller: fields.caller ?? '',
    metadata: JSON.parse(fields.metadata ?? '{}'),
    idempotencyKey: fields.idempotencyKey ?? null,
    webhook: readWebhook(fields),
    lastEvent: Number(fields.events ?? 0),
    cost: fields.cost ? Number(fields.cost) : null,
    forked: Object.keys(fields).flatMap((field) => (field.startsWith('forked:') ? [field.slice(7)] : [])),
  };
}

/** The records of a run. Redis returns the fields of a hash in no order; the records are in the order of the graph. */
function readStages(graph: Graph, fields: Readonly<Record<string, string>>): Run['stages'] {
  const records = Object.entries(fields)
    .flatMap(([field, json]) => (field.startsWith('stage:') ? [deserializeRecord(json)] : []))
    .toSorted((a, b) => graph.names.indexOf(a.stage) - graph.names.indexOf(b.stage));
  return Object.fromEntries(records.map((record) => [record.stage, record]));
}

/** Code is stored as its files; its text and language follow from them. */
type StoredOutput =
  | Exclude<Output, { kind: 'code' }>
  | { readonly kind: 'code'; readonly files: readonly CodeFile[] };

type StoredRecord = Omit<StageRecord, 'output'> & { readonly output: StoredOutput | null };

export function serializeRecord(record: StageRecord): string {
  const { output } = record;
  const stored = output?.kind === 'code' ? { kind: output.kind, files: output.code.files } : output;
  return JSON.stringify({ ...record, output: stored } satisfies StoredRecord);
}

export function deserializeRecord(json: string): StageRecord {
  const { output, ...record } = JSON.parse(json) as StoredRecord;
  if (output?.kind !== 'code') return { ...record, output };
  return { ...record, output: { kind: 'code', code: buildCode(output.files) } };
}

type Completed = Extract<Settled, { status: 'completed' }>;

/** The texts of a result are in the records; the outcome names the stage and the steps they are from. */
type StoredOutcome =
  | Exclude<Settled, Completed>
  | (Pick<Completed, 'status' | 'route' | 'degraded' | 'source'> & {
      /** Steps that had a text when the run finished. A stage that ends later adds none. */
      readonly steps: readonly Step[];
    });

export function serializeOutcome(settled: Settled): string {
  if (settled.status !== 'completed') return JSON.stringify(settled);
  const { status, route, degraded, source, response } = settled;
  const texts = 'steps' in response ? response.steps : {};
  const steps = (Object.keys(texts) as Step[]).filter((step) => texts[step] !== '');
  return JSON.stringify({ status, route, degraded, source, steps } satisfies StoredOutcome);
}

/** @param stages the records of the run, from which the response is rebuilt */
export function deserializeOutcome(graph: Graph, stages: Run['stages'], json: string): Settled {
  const stored = JSON.parse(json) as StoredOutcome;
  if (stored.status !== 'completed') return stored;
  const { steps, source, ...outcome } = stored;
  return { ...outcome, ...resultOf(graph, { route: outcome.route, stages }, source, steps) };
}
