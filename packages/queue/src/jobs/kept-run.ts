import { atRest, type Graph, NO_TERMS, type Route, type Run } from '@codegen/pipeline';
import { readWebhook, type Webhook } from '../webhooks/webhook.ts';
import { readEnding } from './ending.ts';
import { readRecords } from './kept-record.ts';

/** A run with what is kept of it besides its course. */
export interface KeptRun extends Run {
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

/** A run out of the fields of its hash. */
export function readRun(graph: Graph, id: string, fields: Readonly<Record<string, string>>): KeptRun {
  // Redis keeps the fields of a hash in no order; stages that began in the same millisecond are in that of the graph.
  const records = Object.entries(fields)
    .flatMap(([field, json]) =>
      field.startsWith('stage:') ? [[field.slice('stage:'.length), json] as const] : [],
    )
    .toSorted(([a], [b]) => graph.names.indexOf(a) - graph.names.indexOf(b));
  const stages = readRecords(records);
  const run = atRest({
    id,
    conversation: JSON.parse(fields.conversation ?? '[]'),
    seed: Number(fields.seed),
    terms: { ...NO_TERMS, ...JSON.parse(fields.terms ?? '{}') },
    createdAt: Number(fields.createdAt),
    route: (fields.route ?? null) as Route | null,
    stages,
    settled: fields.settled ? readEnding(graph, stages, fields.settled) : null,
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
