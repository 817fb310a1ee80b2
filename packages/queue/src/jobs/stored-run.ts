import {
  buildCode,
  type CodeFile,
  type Conversation,
  cancelOpenStages,
  type Graph,
  NO_OPTIONS,
  type Node,
  type Outcome,
  type Output,
  type Route,
  type Run,
  type RunOptions,
  resultOf,
  type StageRecord,
  stagesBelow,
} from '@codegen/pipeline';
import { readWebhook, type Webhook } from './webhook.ts';

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
}

/** What a stage needs of a run that goes on. */
export type OpenRun = Pick<
  StoredRun,
  'id' | 'conversation' | 'seed' | 'options' | 'route' | 'stages' | 'cost'
>;

/** The fields of a run's hash that `readOpenRun` takes for a stage; the records below its inputs are for their choices. */
export const fieldsFor = (node: Node): string[] => [
  ...['conversation', 'seed', 'options', 'route', 'cost', 'outcome'],
  ...[node, ...stagesBelow(node)].map(({ stage }) => `stage:${stage.name}`),
];

/** A run as a stage needs it: its own record, those of its inputs, and those that choices among them name. */
export function readOpenRun(id: string, node: Node, fields: Fields): OpenRun {
  const stages: Record<string, StageRecord> = {};
  const names = [node, ...node.inputs].map(({ stage }) => stage.name);
  for (const name of names) {
    const json = fields[`stage:${name}`];
    if (json === undefined || stages[name] !== undefined) continue;
    const record = deserializeRecord(json);
    stages[name] = record;
    if (record.output?.kind === 'choice') names.push(record.output.of);
  }
  return { id, ...readRequest(fields), stages };
}

type Fields = Readonly<Partial<Record<string, string>>>;

const readRequest = (fields: Fields) => ({
  conversation: JSON.parse(fields.conversation ?? '[]') as Conversation,
  seed: Number(fields.seed),
  options: { ...NO_OPTIONS, ...JSON.parse(fields.options ?? '{}') } as RunOptions,
  route: (fields.route ?? null) as Route | null,
  cost: fields.cost ? Number(fields.cost) : null,
});

/** A run from the fields of its hash. */
export function readRun(graph: Graph, id: string, fields: Readonly<Record<string, string>>): StoredRun {
  const stages = readStages(graph, fields);
  const { cost, ...request } = readRequest(fields);
  const run = cancelOpenStages({
    id,
    ...request,
    createdAt: Number(fields.createdAt),
    stages,
    outcome: fields.outcome ? deserializeOutcome(graph, stages, fields.outcome) : null,
    finishedAt: fields.finishedAt ? Number(fields.finishedAt) : null,
  });
  return {
    ...run,
    caller: fields.caller ?? '',
    metadata: JSON.parse(fields.metadata ?? '{}'),
    idempotencyKey: fields.idempotencyKey ?? null,
    webhook: readWebhook(fields),
    lastEvent: Number(fields.events ?? 0),
    cost,
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

type Completed = Extract<Outcome, { status: 'completed' }>;

/** The texts of a result are in the records; the outcome names the stage and the steps they are from. */
type StoredOutcome =
  | Exclude<Outcome, Completed>
  | (Pick<Completed, 'status' | 'route' | 'degraded' | 'source'> & {
      /** Steps that had a text when the run finished. A stage that ends later adds none. */
      readonly steps: readonly string[];
    });

export function serializeOutcome(outcome: Outcome): string {
  if (outcome.status !== 'completed') return JSON.stringify(outcome);
  const { status, route, degraded, source, response } = outcome;
  const texts = 'steps' in response ? response.steps : {};
  const steps = Object.keys(texts).filter((step) => texts[step] !== '');
  return JSON.stringify({ status, route, degraded, source, steps } satisfies StoredOutcome);
}

/** @param stages the records of the run, from which the response is rebuilt */
export function deserializeOutcome(graph: Graph, stages: Run['stages'], json: string): Outcome {
  const stored = JSON.parse(json) as StoredOutcome;
  if (stored.status !== 'completed') return stored;
  const { steps, source, ...outcome } = stored;
  return { ...outcome, ...resultOf(graph, { route: outcome.route, stages }, source, steps) };
}
