import {
  costOf,
  diffOfResult,
  eventOf,
  type Graph,
  hasEnded,
  type Node,
  type Outcome,
  type Route,
  type RunEvent,
  type Sample,
  type SourceFile,
  type StageRecord,
  type Usage,
} from '@codegen/pipeline';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { loadScripts, writeWithRetry } from '../redis/scripts.ts';
import {
  type FinishReply,
  type OnFinish,
  RECORD_LOST,
  type RunSummary,
  readFinishedRun,
  stagesIn,
  WEBHOOK_DUE,
} from './finished-runs.ts';
import {
  deserializeRecord,
  deserializeSample,
  FIRST_TURN,
  fieldsFor,
  type OpenRun,
  readOpenRun,
  readRun,
  type StoredRun,
  serializeOutcome,
  serializeRecord,
  serializeSample,
  serializeUsage,
  withLateUsage,
} from './stored-run.ts';
import {
  createRunArguments,
  expiryMember,
  type NewRun,
  type RunStoreOptions,
  type StartOptions,
  type Submission,
  type SubmitOptions,
} from './submission.ts';

export type RunStore = ReturnType<typeof createRunStore>;

/** The part of the webhook outbox that the store uses. */
interface Outbox {
  enqueue(run: string): Promise<void>;
  remove(delivery: string): Promise<void>;
}

/**
 * Stores each run as a Redis hash, the only record of the run's state.
 * @param outbox enqueues and removes webhook deliveries at once; without it, its next scan enqueues them
 * @param onFinish called once for each run that this store has finished
 */
export function createRunStore(
  graph: Graph,
  redis: Connection,
  keys: Keys,
  limits: RunStoreOptions,
  outbox?: Outbox,
  onFinish?: OnFinish,
) {
  const { retentionSeconds } = limits;
  const scripts = loadScripts(redis, 'runs', [
    'createRun',
    'commitStage',
    'appendDelta',
    'takeRoute',
    'finishRun',
    'reconcileUsage',
    'forgetRun',
  ]);
  const runKeys = (id: string) => [keys.run(id), keys.eventStream(id)];

  async function read<T>(id: string, as: (fields: Record<string, string>) => T): Promise<T | null> {
    const fields = await redis.hgetall(keys.run(id));
    return fields.conversation === undefined ? null : as(fields);
  }

  return {
    /** Stores a new run, unless an existing one answers the request or a limit is reached. */
    async create(
      run: NewRun,
      submitOptions: SubmitOptions,
    ): Promise<Submission & { readonly turn?: number }> {
      const { keys: names, args } = createRunArguments(keys, run, submitOptions, limits);
      const reply = (await scripts.createRun(names, args)) as [Submission['kind'], string, number?];
      const [kind, id, turn] = reply;
      return { kind, id, ...(turn !== undefined && { turn }) };
    },

    /**
     * Deletes everything stored about a run.
     * @param state required state; `untouched`: not started and returned to no other client
     * @returns false if the run is in another state; true also if it is gone
     */
    async forget(
      id: string,
      caller: string,
      state: 'finished' | 'untouched' | 'any',
      threadId = id,
    ): Promise<boolean> {
      const names = [...runKeys(id), keys.expiry, keys.jobs(caller), keys.open, keys.openOf(caller)];
      const ofThread = [keys.thread(threadId), keys.threads(caller)];
      const others = [keys.webhooksDue, keys.deliveries, keys.waiting, ...ofThread];
      const args = [id, state, expiryMember({ id, threadId, caller }), threadId];
      const reply = await scripts.forgetRun([...names, ...others], args);
      if (typeof reply === 'string') void outbox?.remove(reply);
      return reply !== 0;
    },

    /** The run as its records were written. */
    load: (id: string): Promise<StoredRun | null> => read(id, (fields) => readRun(graph, id, fields)),

    /** The run with usage that became known after its records were written. Not to be written back. */
    loadWithUsage: (id: string): Promise<StoredRun | null> =>
      read(id, (fields) => withLateUsage(readRun(graph, id, fields), fields)),

    /** The parts of a run that a stage needs, in one round trip; null if the run has finished or is gone. */
    async loadFor(node: Node, id: string): Promise<OpenRun | null> {
      const names = fieldsFor(node);
      const values = await redis.hmget(keys.run(id), ...names);
      const fields = Object.fromEntries(names.map((name, index) => [name, values[index] ?? undefined]));
      if (fields.conversation === undefined || fields.outcome !== undefined) return null;
      return readOpenRun(id, node, fields);
    },

    /** Summary of a finished run; null if the run is open, `gone` if there is none. */
    async summary(id: string): Promise<RunSummary | 'gone' | null> {
      const names = ['createdAt', 'status', 'finishedAt', 'cost'];
      const [createdAt, status, finishedAt, cost] = await redis.hmget(keys.run(id), ...names);
      if (!createdAt) return 'gone';
      if (!status) return null;
      const milliseconds = Number(finishedAt) - Number(createdAt);
      return { status, milliseconds, cost: cost ? Number(cost) : null };
    },

    /** Time of a stage's next attempt, ms since 1970; null if none is scheduled. */
    async retryAt(id: string, stage: string): Promise<number | null> {
      const record = await redis.hget(keys.run(id), `stage:${stage}`);
      return record === null ? null : deserializeRecord(record).retryAt;
    },

    /** Id of the HTTP request that started a run; null if it has none or is gone. */
    requestId: (id: string): Promise<string | null> => redis.hget(keys.run(id), 'requestId'),

    async startOptions(id: string): Promise<StartOptions> {
      const [lastEvent, turn, olderCount] = await redis.hmget(keys.run(id), 'events', 'turn', 'older');
      return {
        turn: Number(turn ?? FIRST_TURN),
        olderCount: Number(olderCount ?? 0),
        hasStarted: !!lastEvent,
      };
    },

    /** Whether a run has finished, or Redis has it no longer. */
    async isFinishedOrGone(id: string): Promise<boolean> {
      const [createdAt, finishedAt] = await redis.hmget(keys.run(id), 'createdAt', 'finishedAt');
      return !createdAt || !!finishedAt;
    },

    /**
     * Writes the record of a stage and its events.
     * @param text end of the model's text that is in no event yet
     * @param route route that follows from the record
     * @param isRetried whether to repeat the command while Redis accepts no writes. Not for a record that the next one replaces:
     * the repeated command might come after it
     * @returns `superseded` if another record of the stage had ended before; it stays the stored record
     */
    async commitStage(
      id: string,
      record: StageRecord,
      {
        text = '',
        route = null,
        isRetried = true,
      }: { readonly text?: string; readonly route?: Route | null; readonly isRetried?: boolean } = {},
    ): Promise<'committed' | 'superseded' | 'gone'> {
      const { stage } = record;
      const names = [...runKeys(id), keys.samples(stage), keys.waiting, keys.turns, keys.spent('')];
      const events: RunEvent[] = [eventOf(graph, record)];
      if (text !== '') events.unshift({ type: 'stage.delta', stage, text });
      if (route !== null) events.push({ type: 'job.routed', route });
      const args = [
        keys.eventChannel(id),
        stage,
        serializeRecord(record),
        isFinal(record) ? 1 : 0,
        costOf(record) ?? '',
        serializeSample(record),
        retentionSeconds,
        route ?? '',
        id,
        ...events.map((event) => JSON.stringify(event)),
      ];
      const write = () => scripts.commitStage(names, args) as Promise<0 | 1 | 2>;
      return COMMIT_REPLIES[await (isRetried ? writeWithRetry(write) : write())];
    },

    /** Appends a delta of a stage's text to the events. @param deltaNumber increases within the stage */
    async appendDelta(id: string, stage: string, text: string, deltaNumber: number) {
      const event: RunEvent = { type: 'stage.delta', stage, text };
      await scripts.appendDelta(runKeys(id), [
        keys.eventChannel(id),
        stage,
        deltaNumber,
        JSON.stringify(event),
      ]);
    },

    async takeRoute(id: string, route: Route) {
      const event: RunEvent = { type: 'job.routed', route };
      const args = [keys.eventChannel(id), route, JSON.stringify(event)];
      await writeWithRetry(() => scripts.takeRoute(runKeys(id), args));
    },

    /**
     * Writes the outcome of a run, once.
     * @param now ms since 1970
     * @param files the code that the run started from
     * @returns `already-finished` if the run had finished before or is gone; `lost` if Redis lost a record the outcome refers to
     */
    async finish(
      id: string,
      outcome: Outcome,
      now: number,
      files: readonly SourceFile[] = [],
    ): Promise<'finished' | 'already-finished' | 'lost'> {
      const { expiry, open, unconfirmed, abandonmentChecks, webhooksDue, deliveries } = keys;
      const sets = [expiry, open, unconfirmed, keys.clients(id), abandonmentChecks, webhooksDue, deliveries];
      const names = [...runKeys(id), ...sets, keys.waiting, keys.turns];
      const event: RunEvent = { type: 'job.finished', status: outcome.status };
      const channels = [keys.eventChannel(id), keys.finished];
      const outcomeArgs = [serializeOutcome(outcome), outcome.status, JSON.stringify(event)];
      const stages = stagesIn(graph, outcome);
      const diff = outcome.status === 'completed' ? diffOfResult(files, outcome.files) : null;
      const more = [keys.prefix, diff === null ? '' : JSON.stringify(diff)];
      const args = [id, ...channels, ...outcomeArgs, now, retentionSeconds, ...more, ...stages];
      const [reply, ...facts] = (await scripts.finishRun(names, args)) as FinishReply;
      if (reply === WEBHOOK_DUE) void outbox?.enqueue(id);
      if (reply === RECORD_LOST) return 'lost';
      if (reply === 0) return 'already-finished';
      onFinish?.(readFinishedRun(id, outcome, now, facts));
      return 'finished';
    },

    /** Stores usage of a call that became known after its record, once. @param costDifference US dollars to add to the run */
    async reconcileUsage(id: string, usage: Usage, costDifference: number) {
      await scripts.reconcileUsage(
        [keys.run(id), keys.spent('')],
        [...serializeUsage(usage), costDifference],
      );
    },

    /** Recent samples of each stage, newest first. */
    async samples(): Promise<Record<string, readonly Sample[]>> {
      const entries = graph.nodes.map(async ({ stage: { name } }) => {
        const stored = await redis.lrange(keys.samples(name), 0, -1);
        return [name, stored.map(deserializeSample)] as const;
      });
      return Object.fromEntries(await Promise.all(entries));
    },
  };
}

/** The record of a cancelled stage is not final: if Redis loses the outcome of the run, the stage continues. */
const isFinal = (record: StageRecord) => hasEnded(record) && record.status !== 'cancelled';

/** Replies of `commit-stage.lua`. */
const COMMIT_REPLIES = ['gone', 'committed', 'superseded'] as const;
