import {
  costOf,
  eventOf,
  type Graph,
  hasEnded,
  type Node,
  type Outcome,
  type Route,
  type Run,
  type RunEvent,
  type StageRecord,
  type Usage,
} from '@codegen/pipeline';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { persist } from '../redis/persist.ts';
import { loadScripts } from '../redis/scripts.ts';
import { lessonOf } from './stage-history.ts';
import {
  deserializeRecord,
  fieldsFor,
  type OpenRun,
  readOpenRun,
  readRun,
  type StoredRun,
  serializeOutcome,
  serializeRecord,
} from './stored-run.ts';
import { type Limits, memberOf, type Submission, type SubmitOptions, submissionOf } from './submission.ts';
import { billKept, withBills } from './usage.ts';

export type RunStore = ReturnType<typeof openRunStore>;

/** The deliveries of webhooks, as far as an end or a removal of a run starts or stops them. */
interface Deliveries {
  post(run: string): Promise<void>;
  drop(delivery: string): Promise<void>;
}

/**
 * Runs as Redis hashes, one each: all that is known of a run, and nothing of it anywhere else.
 * @param outbox told at once of webhooks that are due or need not be delivered any more; without, they are swept
 */
export function openRunStore(
  graph: Graph,
  redis: Connection,
  keys: Keys,
  limits: Limits,
  outbox?: Deliveries,
) {
  const { retentionSeconds } = limits;
  const scripts = loadScripts(redis, [
    'submitRun',
    'commitStage',
    'appendDelta',
    'takeRoute',
    'finishRun',
    'reconcileUsage',
    'forgetRun',
  ]);
  const logged = (id: string) => [keys.run(id), keys.log(id)];
  return {
    /** Starts to keep a run, unless one that is kept already stands for it. */
    async submit(run: NewRun, about: SubmitOptions): Promise<Submission> {
      const { keys: names, args } = submissionOf(keys, run, about, limits);
      const [outcome, id] = (await scripts.submitRun(names, args)) as [Submission['outcome'], string];
      return { outcome, id };
    },

    /**
     * Removes all there is of a run, if there is anything.
     * @param which `untouched`: only one that has not begun and that nobody else was given
     * @returns false if it is not one of those
     */
    async forget(id: string, caller: string, which: 'finished' | 'untouched' | 'any'): Promise<boolean> {
      const names = [...logged(id), keys.expiry, keys.jobs(caller), keys.open, keys.openOf(caller)];
      const webhooks = [keys.webhooksDue, keys.deliveries];
      const outcome = await scripts.forgetRun([...names, ...webhooks], [id, which, memberOf(id, caller)]);
      if (typeof outcome === 'string') void outbox?.drop(outcome);
      return outcome !== 0;
    },

    /** A caller's runs, the newest first, from `before` (not included) on back in time. */
    async idsOf(caller: string, before: RunCursor | null, most: number): Promise<RunCursor[]> {
      const max = before === null ? '+inf' : before.createdAt;
      // Runs of one millisecond are in the order of their ids: those up to the one that is left out are dropped here.
      const places: RunCursor[] = [];
      for (let offset = 0; places.length < most; offset += most) {
        const found = await redis.zrange(
          keys.jobs(caller),
          max,
          '-inf',
          'BYSCORE',
          'REV',
          'LIMIT',
          offset,
          most,
          'WITHSCORES',
        );
        for (let index = 0; index < found.length; index += 2) {
          const place = { id: found[index] ?? '', createdAt: Number(found[index + 1]) };
          if (before === null || place.createdAt < before.createdAt || place.id < before.id)
            places.push(place);
        }
        if (found.length < 2 * most) break;
      }
      return places.slice(0, most);
    },

    async loadMany(ids: readonly string[]): Promise<StoredRun[]> {
      const runs = await Promise.all(ids.map((id) => this.loadWithUsage(id)));
      return runs.filter((run) => run !== null);
    },

    async load(id: string): Promise<StoredRun | null> {
      const fields = await redis.hgetall(keys.run(id));
      return fields.conversation === undefined ? null : readRun(graph, id, fields);
    },

    /** A run as one of its stages needs it, in one round trip; null if it is over or gone. */
    async loadFor(node: Node, id: string): Promise<OpenRun | null> {
      const names = fieldsFor(node);
      const values = await redis.hmget(keys.run(id), ...names);
      const fields = Object.fromEntries(names.map((name, index) => [name, values[index] ?? undefined]));
      if (fields.conversation === undefined || fields.outcome !== undefined) return null;
      return readOpenRun(id, node, fields);
    },

    /** How a run ended; null if it goes on, `gone` if there is none. */
    async ending(id: string): Promise<Ending | 'gone' | null> {
      const names = ['createdAt', 'status', 'finishedAt', 'cost'];
      const [createdAt, status, finishedAt, cost] = await redis.hmget(keys.run(id), ...names);
      if (!createdAt) return 'gone';
      if (!status) return null;
      return {
        status,
        milliseconds: Number(finishedAt) - Number(createdAt),
        cost: cost ? Number(cost) : null,
      };
    },

    /** When a stage goes on that waits, ms since 1970; null if it does not wait. */
    async retryAt(id: string, stage: string): Promise<number | null> {
      const record = await redis.hget(keys.run(id), `stage:${stage}`);
      return record === null ? null : deserializeRecord(record).retryAt;
    },

    /** A run with the usage that became known after its records were written. Writing it back would count that twice. */
    async loadWithUsage(id: string): Promise<StoredRun | null> {
      const fields = await redis.hgetall(keys.run(id));
      return fields.conversation === undefined ? null : withBills(readRun(graph, id, fields), fields);
    },

    /** Whether nothing has happened to a run yet. */
    async isNew(id: string): Promise<boolean> {
      return (await redis.hexists(keys.run(id), 'events')) === 0;
    },

    async isFinished(id: string): Promise<boolean> {
      return (await redis.hexists(keys.run(id), 'outcome')) === 1;
    },

    /**
     * Writes the record of a stage, with what follows from it.
     * @param text the end of what its model wrote that is in no event yet
     * @param isRetried whether to retry while Redis takes no writes; the retry may replace a later record
     * @returns `superseded` if another record of the stage had ended before: that one counts
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
      const names = [...logged(id), keys.history(stage)];
      const about = [
        keys.told(id),
        stage,
        serializeRecord(record),
        isFinal(record) ? 1 : 0,
        costOf(record) ?? '',
      ];
      const events: RunEvent[] = text === '' ? [] : [{ type: 'stage.delta', stage, text }];
      events.push(eventOf(graph, record));
      if (route !== null) events.push({ type: 'job.routed', route });
      const args = [
        ...about,
        lessonOf(record),
        retentionSeconds,
        route ?? '',
        ...events.map((one) => JSON.stringify(one)),
      ];
      const write = () => scripts.commitStage(names, args) as Promise<0 | 1 | 2>;
      return COMMITS[await (isRetried ? persist(write) : write())];
    },

    /** Appends a piece of a stage's text to the events. @param piece its number, which grows within the stage */
    async appendDelta(id: string, stage: string, text: string, piece: number) {
      const event: RunEvent = { type: 'stage.delta', stage, text };
      await scripts.appendDelta(logged(id), [keys.told(id), stage, piece, JSON.stringify(event)]);
    },

    async takeRoute(id: string, route: Route) {
      const event: RunEvent = { type: 'job.routed', route };
      await persist(() => scripts.takeRoute(logged(id), [keys.told(id), route, JSON.stringify(event)]));
    },

    /**
     * Ends a run: it has exactly one ending.
     * @returns `over` if it had ended before or is gone; `lost` if Redis lost a record that the ending refers to
     */
    async finish(id: string, outcome: Outcome, now: number): Promise<'finished' | 'over' | 'lost'> {
      const { expiry, open, unchecked, watched, webhooksDue, deliveries } = keys;
      const names = [
        ...logged(id),
        expiry,
        open,
        unchecked,
        keys.waiters(id),
        watched,
        webhooksDue,
        deliveries,
      ];
      const event: RunEvent = { type: 'job.finished', status: outcome.status };
      const about = [id, keys.told(id), keys.finished, serializeOutcome(outcome), outcome.status];
      const args = [...about, JSON.stringify(event), now, retentionSeconds, ...stagesIn(graph, outcome)];
      const result = (await scripts.finishRun(names, args)) as -1 | 0 | 1 | 2;
      if (result === WEBHOOK_DUE) void outbox?.post(id);
      if (result === RECORD_LOST) return 'lost';
      return result === 0 ? 'over' : 'finished';
    },

    /** Stores the usage of a call that became known after its record, and adds the difference in cost to the run's. */
    async reconcileUsage(id: string, usage: Usage, more: number) {
      await scripts.reconcileUsage([keys.run(id)], [...billKept(usage), more]);
    },
  };
}

/** How a run ended, in short. */
export interface Ending {
  readonly status: string;
  readonly milliseconds: number;
  /** US dollars; null if nothing is known. */
  readonly cost: number | null;
}

/** A cancelled stage ends with its run. Should Redis lose the end of the run, the stage goes on. */
const isFinal = (record: StageRecord) => hasEnded(record) && record.status !== 'cancelled';

const COMMITS = ['gone', 'committed', 'superseded'] as const;

/** Replies of `finish-run.lua`. */
const WEBHOOK_DUE = 2;
const RECORD_LOST = -1;

/** The stages whose records an outcome refers to. */
function stagesIn(graph: Graph, outcome: Outcome): string[] {
  if (outcome.status !== 'completed') return [];
  const steps = 'steps' in outcome.response ? outcome.response.steps : {};
  const nodes = graph.stepsOf(outcome.route).filter(({ step }) => steps[step]);
  return [outcome.source, ...nodes.map(({ stage }) => stage.name)];
}

/** A run's place in the list of its caller's runs. */
export interface RunCursor {
  readonly id: string;
  readonly createdAt: number;
}

export type NewRun = Pick<Run, 'id' | 'conversation' | 'seed' | 'createdAt'>;
