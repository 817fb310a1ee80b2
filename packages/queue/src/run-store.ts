import type {
  Conversation,
  Graph,
  Node,
  Route,
  Run,
  RunEvent,
  Settled,
  StageRecord,
} from '@codegen/pipeline';
import { atRest, eventOf, hasEnded } from '@codegen/pipeline';
import type { Connection } from './connection.ts';
import type { Keys } from './keys.ts';
import { withScripts } from './scripts.ts';

/** What a stage needs to know of its run; null where the run is not there any more. */
export interface StageView {
  readonly conversation: Conversation;
  readonly seed: number;
  readonly settled: boolean;
  readonly own: StageRecord | undefined;
  /** By stage name; undefined for one that left no record. */
  readonly inputs: Readonly<Record<string, StageRecord | undefined>>;
  /** Of the models asked about: when each may be called again, ms since 1970. */
  readonly holds: ReadonlyMap<string, number>;
}

export type RunStore = ReturnType<typeof openRunStore>;

/** Runs as Redis hashes, one each: all that is known of a run, and nothing of it anywhere else. */
export function openRunStore(graph: Graph, redis: Connection, keys: Keys, retentionSeconds: number) {
  const scripts = withScripts(redis);
  const logged = (id: string) => [keys.run(id), keys.log(id)];
  return {
    async create({
      id,
      conversation,
      seed,
      createdAt,
    }: Pick<Run, 'id' | 'conversation' | 'seed' | 'createdAt'>) {
      const fields = { conversation: JSON.stringify(conversation), seed, createdAt };
      await redis.multi().hset(keys.run(id), fields).expire(keys.run(id), retentionSeconds).exec();
    },

    async remove(id: string) {
      await redis.unlink(keys.run(id), keys.log(id));
    },

    async load(id: string): Promise<Run | null> {
      const fields = await redis.hgetall(keys.run(id));
      return fields.conversation === undefined ? null : readRun(id, fields);
    },

    async isSettled(id: string): Promise<boolean> {
      return (await redis.hexists(keys.run(id), 'settled')) === 1;
    },

    /** All a stage needs, in one round trip. */
    async viewFor({ stage, inputs }: Node, id: string, models: readonly string[]): Promise<StageView | null> {
      const names = inputs.map((input) => input.stage.name);
      const records = [stage.name, ...names].map((name) => `stage:${name}`);
      const fields = ['conversation', 'seed', 'settledAt', ...records];
      const [[conversation, seed, settledAt, own, ...taken], times] = await Promise.all([
        redis.hmget(keys.run(id), ...fields),
        models.length === 0 ? [] : redis.hmget(keys.holds, ...models),
      ]);
      if (conversation == null) return null;
      return {
        conversation: JSON.parse(conversation),
        seed: Number(seed),
        settled: settledAt != null,
        own: parseRecord(own),
        inputs: Object.fromEntries(names.map((name, index) => [name, parseRecord(taken[index])])),
        holds: new Map(
          models.flatMap((model, index) => (times[index] ? [[model, Number(times[index])]] : [])),
        ),
      };
    },

    /**
     * @param cost what the stage's calls cost since its last record, in US dollars
     * @returns false if the stage had ended before, by another worker: that record stays, this one is dropped.
     */
    async putStage(id: string, record: StageRecord, cost: number | null = null): Promise<boolean> {
      const about = [record.stage, JSON.stringify(record), hasEnded(record) ? 1 : 0];
      const event = JSON.stringify(eventOf(graph, record));
      return (await scripts.putStage(logged(id), [keys.told(id), event, cost ?? '', ...about])) === 1;
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
      const about = [id, JSON.stringify(settled), now, retentionSeconds, keys.settled];
      return (await scripts.settle(logged(id), [keys.told(id), JSON.stringify(event), ...about])) === 1;
    },

    async hold(model: string, until: number) {
      await scripts.hold([keys.holds], [model, until]);
    },
  };
}

const parseRecord = (json: string | null | undefined): StageRecord | undefined =>
  json == null ? undefined : JSON.parse(json);

function readRun(id: string, fields: Readonly<Record<string, string>>): Run {
  const stages = Object.entries(fields).flatMap(([field, json]) =>
    field.startsWith('stage:') ? [[field.slice('stage:'.length), JSON.parse(json)] as const] : [],
  );
  return atRest({
    id,
    conversation: JSON.parse(fields.conversation ?? '[]'),
    seed: Number(fields.seed),
    createdAt: Number(fields.createdAt),
    route: (fields.route ?? null) as Route | null,
    stages: Object.fromEntries(stages),
    settled: fields.settled ? JSON.parse(fields.settled) : null,
    settledAt: fields.settledAt ? Number(fields.settledAt) : null,
  });
}
