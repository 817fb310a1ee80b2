import {
  buildCode,
  type CodeFile,
  type Conversation,
  cancelOpenStages,
  type FileDiff,
  type Graph,
  type IgnoredBlock,
  inputNames,
  NO_OPTIONS,
  type Node,
  type Outcome,
  type Output,
  type Route,
  type Run,
  type RunOptions,
  resultOf,
  type Sample,
  type SourceFile,
  type StageRecord,
  SUMMARY_STAGE,
  sampleOf,
  stagesBelow,
  type Usage,
} from '@codegen/pipeline';
import { FIRST_FORMAT } from '../redis/keys.ts';
import { readWebhook, type Webhook } from './stored-webhook.ts';

/** The run whose records another one takes over, and the first stage that runs again. */
export interface Rerun {
  readonly of: string;
  readonly from: string;
}

/** A run with the properties of its request. */
export interface StoredRun extends Run {
  readonly caller: string;
  /** The first run of the thread, whose id is the thread's. */
  readonly threadId: string;
  /** The run that this one continues. Null for the first run of a thread. */
  readonly previousJobId: string | null;
  /** What the result changes in `files`. Null without files, or without a result with code. */
  readonly diff: readonly FileDiff[] | null;
  /** When the run is deleted, ms since 1970, if later runs of its thread prolong its life; else null. */
  readonly keptUntil: number | null;
  /** Null unless the run takes over records of an earlier one. */
  readonly rerun: Rerun | null;
  /** The budget that its request named. `options` have that of the run, which limits of the caller may lower. */
  readonly requestedMaxCostUsd: number | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly idempotencyKey: string | null;
  readonly webhook: Webhook | null;
  /** Id of the HTTP request that started the run; null if it had none. */
  readonly requestId: string | null;
  /** Trace context of that request; null if it was not traced. */
  readonly traceparent: string | null;
  /** Position of the run's stages in the queue: workers take the lowest turn first. */
  readonly turn: number;
  /** `RUN_FORMAT` of the API that stored it. */
  readonly format: number;
  /** Sequence number of the last event. */
  readonly lastEvent: number;
  /** US dollars so far; null if unknown. */
  readonly cost: number | null;
}

/** The parts of an open (not finished) run that a stage needs. */
export type OpenRun = Pick<
  StoredRun,
  | 'id'
  | 'caller'
  | 'conversation'
  | 'olderCount'
  | 'files'
  | 'seed'
  | 'options'
  | 'route'
  | 'stages'
  | 'cost'
  | 'requestId'
  | 'traceparent'
  | 'turn'
  | 'format'
>;

/** Turn of a run that was stored without one. */
export const FIRST_TURN = 1;

const recordField = (stage: string) => `stage:${stage}`;

/** Fields of a run's hash that `readOpenRun` reads. An input may be a choice that names a stage deeper in the tree. */
export const fieldsFor = (node: Node): string[] => [
  ...['caller', 'conversation', 'older', 'files', 'seed', 'options', 'route', 'cost'],
  ...['requestId', 'traceparent', 'turn', 'format', 'ceiling', 'outcome'],
  ...new Set(
    [...[node, ...stagesBelow(node)].map(({ stage }) => stage.name), SUMMARY_STAGE].map(recordField),
  ),
];

/** Reads the record of a stage, those of its inputs, and those that choices name. */
export function readOpenRun(id: string, node: Node, fields: Fields): OpenRun {
  const stages: Record<string, StageRecord> = {};
  const names = [node.stage.name, ...inputNames(node), SUMMARY_STAGE];
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

function readRequest(fields: Fields) {
  const requested: RunOptions = { ...NO_OPTIONS, ...JSON.parse(fields.options ?? '{}') };
  return {
    caller: fields.caller ?? '',
    conversation: JSON.parse(fields.conversation ?? '[]') as Conversation,
    ...(fields.older !== undefined && { olderCount: Number(fields.older) }),
    files: JSON.parse(fields.files ?? '[]') as SourceFile[],
    seed: Number(fields.seed),
    options: withCeiling(requested, fields.ceiling),
    requestedMaxCostUsd: requested.maxCostUsd,
    route: (fields.route ?? null) as Route | null,
    cost: fields.cost ? Number(fields.cost) : null,
    requestId: fields.requestId ?? null,
    traceparent: fields.traceparent ?? null,
    turn: Number(fields.turn ?? FIRST_TURN),
    format: Number(fields.format ?? FIRST_FORMAT),
  };
}

/** Run options whose budget is at most what the operator and the caller's limits allow. */
function withCeiling(options: RunOptions, ceiling: string | undefined): RunOptions {
  if (ceiling === undefined) return options;
  return {
    ...options,
    maxCostUsd: Math.min(options.maxCostUsd ?? Number.POSITIVE_INFINITY, Number(ceiling)),
  };
}

export function readRun(graph: Graph, id: string, fields: Fields): StoredRun {
  const stages = readStages(graph, fields);
  const { cost, requestId, traceparent, turn, format, requestedMaxCostUsd, ...request } = readRequest(fields);
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
    caller: request.caller,
    threadId: fields.threadId ?? id,
    previousJobId: fields.previousJobId ?? null,
    diff: fields.diff ? JSON.parse(fields.diff) : null,
    keptUntil: fields.keptUntil ? Number(fields.keptUntil) : null,
    rerun: fields.rerun ? JSON.parse(fields.rerun) : null,
    requestedMaxCostUsd,
    metadata: JSON.parse(fields.metadata ?? '{}'),
    idempotencyKey: fields.idempotencyKey ?? null,
    webhook: readWebhook(fields),
    requestId,
    traceparent,
    turn,
    format,
    lastEvent: Number(fields.events ?? 0),
    cost,
  };
}

/** Redis returns the fields of a hash in no order; the records are in the order of the graph. */
function readStages(graph: Graph, fields: Fields): Run['stages'] {
  const records = Object.entries(fields)
    .flatMap(([field, json]) => (json && field.startsWith('stage:') ? [deserializeRecord(json)] : []))
    .toSorted((a, b) => graph.names.indexOf(a.stage) - graph.names.indexOf(b.stage));
  return Object.fromEntries(records.map((record) => [record.stage, record]));
}

/** Code is stored as its files, from which its text and language are rebuilt. */
type StoredOutput =
  | Exclude<Output, { kind: 'code' }>
  | {
      readonly kind: 'code';
      readonly files: readonly CodeFile[];
      readonly fault?: string;
      readonly ignored?: readonly IgnoredBlock[];
    };

type StoredRecord = Omit<StageRecord, 'output'> & { readonly output: StoredOutput | null };

export function serializeRecord(record: StageRecord): string {
  const { output } = record;
  return JSON.stringify({ ...record, output: output && storedOutput(output) } satisfies StoredRecord);
}

function storedOutput(output: Output): StoredOutput {
  if (output.kind !== 'code') return output;
  const { code, ...others } = output;
  return { ...others, files: code.files };
}

export function deserializeRecord(json: string): StageRecord {
  const { output, ...record } = JSON.parse(json) as StoredRecord;
  if (output?.kind !== 'code') return { ...record, output };
  const { files, ...others } = output;
  return { ...record, output: { ...others, code: buildCode(files) } };
}

type Completed = Extract<Outcome, { status: 'completed' }>;

/** The texts of a result are in the records; the outcome refers to them by stage and step. */
type StoredOutcome =
  | Exclude<Outcome, Completed>
  | (Pick<Completed, 'status' | 'route' | 'degraded' | 'source'> & {
      /** Steps with a text when the run finished. A stage that ends later adds none. */
      readonly steps: readonly string[];
    });

export function serializeOutcome(outcome: Outcome): string {
  if (outcome.status !== 'completed') return JSON.stringify(outcome);
  const { status, route, degraded, source, response } = outcome;
  const texts = 'steps' in response ? response.steps : {};
  const steps = Object.keys(texts).filter((step) => texts[step] !== '');
  return JSON.stringify({ status, route, degraded, source, steps } satisfies StoredOutcome);
}

/** @param stages records of the run, from which the response is rebuilt */
export function deserializeOutcome(graph: Graph, stages: Run['stages'], json: string): Outcome {
  const stored = JSON.parse(json) as StoredOutcome;
  if (stored.status !== 'completed') return stored;
  const { steps, source, ...outcome } = stored;
  return { ...outcome, ...resultOf(graph, { route: outcome.route, stages }, source, steps) };
}

const usageField = (generationId: string | null) => `usage:${generationId}`;

/** Field of a run's hash, and its value, for usage that became known after the record of its call was written. */
export function serializeUsage({ generationId, ...usage }: Usage): [field: string, json: string] {
  const { servedModel, provider, promptTokens, completionTokens, reasoningTokens } = usage;
  const { cachedTokens, cost, figures } = usage;
  const tokens = { promptTokens, completionTokens, reasoningTokens, cachedTokens };
  return [usageField(generationId), JSON.stringify({ servedModel, provider, ...tokens, cost, figures })];
}

/** A run whose calls have the usage that became known later. */
export function withLateUsage(run: StoredRun, fields: Fields): StoredRun {
  const stages = Object.entries(run.stages).map(([name, record]): [string, StageRecord] => {
    const calls = record.calls.map((call) => {
      const usage = fields[usageField(call.generationId)];
      return usage === undefined ? call : { ...call, ...JSON.parse(usage) };
    });
    return [name, { ...record, calls }];
  });
  return { ...run, stages: Object.fromEntries(stages) };
}

/** A sample of a stage's duration and cost; '' if the record gives none. Contains no run id. */
export function serializeSample(record: StageRecord): string {
  const sample = sampleOf(record);
  if (sample === null) return '';
  const { model, ms, cost, simulated } = sample;
  return JSON.stringify([ms, cost, simulated ? 1 : 0, model]);
}

export function deserializeSample(json: string): Sample {
  const [ms, cost, simulated, model] = JSON.parse(json) as [number, number | null, 0 | 1, string];
  return { ms, cost, simulated: simulated === 1, model };
}
