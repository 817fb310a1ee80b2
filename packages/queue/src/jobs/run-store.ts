import type { Graph, Run, Settled, Usage } from '@codegen/pipeline';
import { billKept, withBills } from '../models/bills.ts';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { defineScripts, loadScripts } from '../redis/scripts.ts';
import type { Outbox } from '../webhooks/outbox.ts';
import { argumentsOf, type Change } from './change.ts';
import { COMMIT } from './commit-script.ts';
import { readRun, type StoredRun } from './stored-run.ts';
import { type About, type Limits, memberOf, type Submission, submissionOf } from './submission.ts';

export type RunStore = ReturnType<typeof openRunStore>;

/**
 * Runs as Redis hashes, one each: all that is known of a run, and nothing of it anywhere else.
 * @param outbox told at once of webhooks that are due or need not be delivered any more; without, they are swept
 */
export function openRunStore(
  graph: Graph,
  redis: Connection,
  keys: Keys,
  limits: Limits,
  outbox?: Pick<Outbox, 'post' | 'drop'>,
) {
  const { retentionSeconds } = limits;
  const scripts = loadScripts(redis, ['submitRun', 'forgetRun', 'reconcileUsage', 'extendCooldown']);
  const { commit } = defineScripts(redis, { commit: { keys: 7, lua: COMMIT } });
  const logged = (id: string) => [keys.run(id), keys.log(id)];
  return {
    /** Starts to keep a run, unless one that is kept already stands for it. */
    async submit(run: NewRun, about: About): Promise<Submission> {
      const { keys: names, args } = submissionOf(keys, run, about, limits);
      const [outcome, id] = (await scripts.submitRun(names, args)) as [Submission['outcome'], string];
      return { outcome, id };
    },

    /**
     * Removes all there is of a run, if there is anything.
     * @param which `untouched`: only one that has not begun and that nobody else was given
     * @returns false if it is not one of those
     */
    async forget(id: string, caller: string, which: 'settled' | 'untouched' | 'any'): Promise<boolean> {
      const names = [...logged(id), keys.expiry, keys.jobs(caller), keys.open, keys.openOf(caller)];
      const webhooks = [keys.webhooksDue, keys.deliveries];
      const outcome = await scripts.forgetRun([...names, ...webhooks], [id, which, memberOf(id, caller)]);
      if (typeof outcome === 'string') void outbox?.drop(outcome);
      return outcome !== 0;
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

    async loadMany(ids: readonly string[]): Promise<StoredRun[]> {
      const runs = await Promise.all(ids.map((id) => this.loadBilled(id)));
      return runs.filter((run) => run !== null);
    },

    async load(id: string): Promise<StoredRun | null> {
      const fields = await redis.hgetall(keys.run(id));
      return fields.conversation === undefined ? null : readRun(graph, id, fields);
    },

    /** A run with the bills that came afterwards. Written back, its records would count them once more. */
    async loadBilled(id: string): Promise<StoredRun | null> {
      const fields = await redis.hgetall(keys.run(id));
      return fields.conversation === undefined ? null : withBills(readRun(graph, id, fields), fields);
    },

    /** Whether nothing has happened to a run yet. */
    async isNew(id: string): Promise<boolean> {
      return (await redis.hexists(keys.run(id), 'events')) === 0;
    },

    async isSettled(id: string): Promise<boolean> {
      return (await redis.hexists(keys.run(id), 'settled')) === 1;
    },

    /**
     * Writes what a run has come to, all or nothing.
     * @param by who writes and the mark of this commit, if it may be sent twice
     * @param events of the run that the writer knows of
     * @returns null if there is no such run, `lost` if Redis knows of fewer events
     */
    async commit(
      id: string,
      changes: readonly Change[],
      by = NOBODY,
      events = 0,
    ): Promise<Committed | 'lost' | null> {
      const args: (string | number)[] = changes.flatMap(argumentsOf(graph, keys, retentionSeconds, id));
      const given = [keys.told(id), by.writer, by.mark, events, ...args];
      const { expiry, open, unchecked, webhooksDue, deliveries } = keys;
      const names = [...logged(id), expiry, open, unchecked, webhooksDue, deliveries];
      const answer = await commit(names, given);
      const [cost, told, ...made] = answer as [string?, number?, ...number[]];
      if (cost === undefined) return null;
      if (told === undefined) return 'lost';
      if (made.includes(WEBHOOK_DUE)) void outbox?.post(id);
      return {
        cost: cost === '' ? null : Number(cost),
        events: told,
        inTime: made.every((one) => one > 0),
      };
    },

    /** @returns false if the run was settled before or is gone: a run has exactly one ending. */
    async settle(id: string, settled: Settled, now: number): Promise<boolean> {
      const committed = await this.commit(id, [{ kind: 'settle', settled, now }]);
      return committed !== null && committed !== 'lost' && committed.inTime;
    },

    /** Keeps what a call cost in the end, beside the stage's record, and adds what that is more to the run's cost. */
    async bill(id: string, usage: Usage, more: number) {
      await scripts.reconcileUsage([keys.run(id)], [...billKept(usage), more]);
    },

    async hold(model: string, until: number) {
      await scripts.extendCooldown([keys.holds], [model, until, keys.held]);
    },
  };
}

export interface Committed {
  /** US dollars the run costs so far; null if nothing is known. */
  readonly cost: number | null;
  /** How many were told of the run so far. */
  readonly events: number;
  /** False if a change came too late: somebody else had ended the stage or the run. */
  readonly inTime: boolean;
}

/** What the script says of a run that is settled and has a webhook. */
const WEBHOOK_DUE = 2;

const NOBODY = { writer: '', mark: '' };

/** A run's place in the list of its caller's runs. */
export interface Place {
  readonly id: string;
  readonly createdAt: number;
}

export type NewRun = Pick<Run, 'id' | 'conversation' | 'seed' | 'createdAt'>;
