import type {
  Conversation,
  Graph,
  Node,
  Route,
  Run,
  RunEvent,
  Settled,
  StageRecord,
  Terms,
  Usage,
} from '@codegen/pipeline';
import { atRest, costOf, eventOf, hasEnded, modelsFor, NO_TERMS } from '@codegen/pipeline';
import { billKept, withBills } from './bills.ts';
import type { Connection } from './connection.ts';
import type { Keys } from './keys.ts';
import { withScripts } from './scripts.ts';
import {
  type About,
  type Limits,
  memberOf,
  readMember,
  type Submission,
  submissionOf,
} from './submission.ts';

/** What a stage needs to know of its run; null where the run is not there any more. */
export interface StageView {
  readonly conversation: Conversation;
  readonly seed: number;
  readonly terms: Terms;
  /** US dollars the run has cost so far; null if nothing is known. */
  readonly spent: number | null;
  readonly settled: boolean;
  readonly own: StageRecord | undefined;
  /** By stage name; undefined for one that left no record. */
  readonly inputs: Readonly<Record<string, StageRecord | undefined>>;
  /** Of the models that may be asked: when each may be called again, ms since 1970. */
  readonly holds: ReadonlyMap<string, number>;
}

export type RunStore = ReturnType<typeof openRunStore>;

/** Runs forgotten between two looks for more. */
const PAGE = 100;

/** Runs as Redis hashes, one each: all that is known of a run, and nothing of it anywhere else. */
export function openRunStore(graph: Graph, redis: Connection, keys: Keys, limits: Limits) {
  const { retentionSeconds } = limits;
  const scripts = withScripts(redis);
  const logged = (id: string) => [keys.run(id), keys.log(id)];
  const holdsOf = async (models: readonly string[]) => {
    const times = models.length === 0 ? [] : await redis.hmget(keys.holds, ...models);
    return new Map(models.flatMap((model, index) => (times[index] ? [[model, Number(times[index])]] : [])));
  };
  return {
    /** Starts to keep a run, unless one that is kept already stands for it. */
    async submit(run: NewRun, about: About): Promise<Submission> {
      const { keys: names, args } = submissionOf(keys, run, about, limits);
      const [outcome, id] = (await scripts.submit(names, args)) as [Submission['outcome'], string];
      return { outcome, id };
    },

    /**
     * Removes all there is of a run, if there is anything.
     * @param which `untouched`: only one that has not begun and that nobody else was given
     * @returns false if it is not one of those
     */
    async forget(id: string, caller: string, which: 'settled' | 'untouched' | 'any'): Promise<boolean> {
      const names = [...logged(id), keys.expiry, keys.jobs(caller)];
      return (await scripts.forget(names, [id, which, memberOf(id, caller)])) === 1;
    },

    /** Forgets runs whose time is over. */
    async forgetExpired(now: number) {
      for (;;) {
        const members = await redis.zrange(keys.expiry, '-inf', String(now), 'BYSCORE', 'LIMIT', 0, PAGE);
        for (const member of members) {
          const { id, caller } = readMember(member);
          await this.forget(id, caller, 'any');
        }
        if (members.length < PAGE) return;
      }
    },

    /** A caller's runs, the newest first, from `before` (not included) on back in time. */
    async idsOf(caller: string, before: Place | null, most: number): Promise<Place[]> {
      const max = before === null ? '+inf' : before.createdAt;
      // Runs of one millisecond are in the order of their ids: those up to the one that is left out are dropped here.
      const places: Place[] = [];
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

    async loadMany(ids: readonly string[]): Promise<KeptRun[]> {
      const runs = await Promise.all(ids.map((id) => this.loadBilled(id)));
      return runs.filter((run) => run !== null);
    },

    async load(id: string): Promise<KeptRun | null> {
      const fields = await redis.hgetall(keys.run(id));
      return fields.conversation === undefined ? null : readRun(id, fields);
    },

    /** A run with the bills that came afterwards. Written back, its records would count them once more. */
    async loadBilled(id: string): Promise<KeptRun | null> {
      const fields = await redis.hgetall(keys.run(id));
      return fields.conversation === undefined ? null : withBills(readRun(id, fields), fields);
    },

    /** Whether nothing has happened to a run yet. */
    async isNew(id: string): Promise<boolean> {
      return (await redis.hexists(keys.run(id), 'events')) === 0;
    },

    async isSettled(id: string): Promise<boolean> {
      return (await redis.hexists(keys.run(id), 'settled')) === 1;
    },

    /** All a stage needs, in one round trip; in two if the run has models of its own instead of those `configured`. */
    async viewFor(
      { stage, inputs }: Node,
      id: string,
      configured: readonly string[],
    ): Promise<StageView | null> {
      const names = inputs.map((input) => input.stage.name);
      const records = [stage.name, ...names].map((name) => `stage:${name}`);
      const fields = ['conversation', 'seed', 'terms', 'cost', 'settledAt', ...records];
      const [[conversation, seed, given, cost, settledAt, own, ...taken], holds] = await Promise.all([
        redis.hmget(keys.run(id), ...fields),
        holdsOf(configured),
      ]);
      if (conversation == null) return null;
      const terms = readTerms(given);
      const models = modelsFor(terms, stage.role, () => configured);
      return {
        conversation: JSON.parse(conversation),
        seed: Number(seed),
        terms,
        spent: cost == null ? null : Number(cost),
        settled: settledAt != null,
        own: parseRecord(own),
        inputs: Object.fromEntries(names.map((name, index) => [name, parseRecord(taken[index])])),
        holds: models === configured ? holds : await holdsOf(models),
      };
    },

    /** @returns false if the stage had ended before, by another worker: that record stays, this one is dropped. */
    async putStage(id: string, record: StageRecord): Promise<boolean> {
      const about = [record.stage, JSON.stringify(record), hasEnded(record) ? 1 : 0];
      const event = JSON.stringify(eventOf(graph, record));
      return (
        (await scripts.putStage(logged(id), [keys.told(id), event, costOf(record) ?? '', ...about])) === 1
      );
    },

    /** Keeps what a call cost in the end, beside the stage's record, and adds what that is more to the run's cost. */
    async bill(id: string, usage: Usage, more: number) {
      await scripts.bill([keys.run(id)], [...billKept(usage), more]);
    },

    async tell(id: string, event: RunEvent) {
      await scripts.tell(logged(id), [keys.told(id), JSON.stringify(event)]);
    },

    async takeRoute(id: string, route: Route) {
      const event: RunEvent = { type: 'job.routed', route };
      await scripts.takeRoute(logged(id), [keys.told(id), JSON.stringify(event), route]);
    },

    /** @returns false if the run was settled before or is gone: a run has exactly one ending. */
    async settle(id: string, settled: Settled, now: number): Promise<boolean> {
      const event: RunEvent = { type: 'job.finished', status: settled.status };
      const about = [id, JSON.stringify(settled), now, retentionSeconds, keys.settled, settled.status];
      const told = [keys.told(id), JSON.stringify(event)];
      return (await scripts.settle([...logged(id), keys.expiry], [...told, ...about])) === 1;
    },

    async hold(model: string, until: number) {
      await scripts.hold([keys.holds], [model, until]);
    },
  };
}

const readTerms = (json: string | null | undefined): Terms => ({ ...NO_TERMS, ...JSON.parse(json ?? '{}') });

const parseRecord = (json: string | null | undefined): StageRecord | undefined =>
  json == null ? undefined : JSON.parse(json);

/** A run with what is kept of it besides its course. */
export interface KeptRun extends Run {
  readonly caller: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly idempotencyKey: string | null;
  /** The number of its last event. */
  readonly lastEvent: number;
}

/** A run's place in the list of its caller's runs. */
export interface Place {
  readonly id: string;
  readonly createdAt: number;
}

export type NewRun = Pick<Run, 'id' | 'conversation' | 'seed' | 'createdAt'>;

function readRun(id: string, fields: Readonly<Record<string, string>>): KeptRun {
  const stages = Object.entries(fields).flatMap(([field, json]) =>
    field.startsWith('stage:') ? [[field.slice('stage:'.length), JSON.parse(json)] as const] : [],
  );
  const run = atRest({
    id,
    conversation: JSON.parse(fields.conversation ?? '[]'),
    seed: Number(fields.seed),
    terms: readTerms(fields.terms),
    createdAt: Number(fields.createdAt),
    route: (fields.route ?? null) as Route | null,
    stages: Object.fromEntries(stages),
    settled: fields.settled ? JSON.parse(fields.settled) : null,
    settledAt: fields.settledAt ? Number(fields.settledAt) : null,
  });
  return {
    ...run,
    caller: fields.caller ?? '',
    metadata: JSON.parse(fields.metadata ?? '{}'),
    idempotencyKey: fields.idempotencyKey ?? null,
    lastEvent: Number(fields.events ?? 0),
  };
}
