import {
  ACCOUNT_BREAKER,
  type Acquire,
  type Acquisition,
  afterCall,
  type BreakerPolicy,
  type Call,
  causeOf,
  type Limit,
  limitsOn,
  MODEL_BREAKER,
  type ModelHealth,
  type Role,
  type StageRuntime,
  type Unavailability,
  type Verdict,
  verdictsOf,
} from '@codegen/pipeline';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { loadScripts, writeWithRetry } from '../redis/scripts.ts';
import {
  type BreakerStateChange,
  createBreakers,
  type Permission,
  type Rejection,
  type Subject,
} from './breakers.ts';
import { createCooldowns } from './cooldowns.ts';

export interface AvailabilityOptions {
  /**
   * Name, without spaces, of the account at the model server of a role: its address and key. Breakers, cooldowns and
   * limits belong to an account, and workers with the same name share them. '' for all roles by default.
   */
  readonly account?: (role: Role) => string;
  /** Limits on the number of calls with one account; none by default. */
  readonly limits?: readonly Limit[];
  readonly breakers?: { readonly model?: BreakerPolicy; readonly account?: BreakerPolicy };
}

interface Parts {
  readonly redis: Connection;
  readonly subscriptions: Connection;
  readonly keys: Keys;
  readonly runtime: Pick<StageRuntime, 'now' | 'random'>;
  readonly report: (change: BreakerStateChange) => void;
  /** Called when a call must wait because a limit on calls is reached. */
  readonly onCallLimit: (model: string) => void;
}

export type ModelAvailability = ReturnType<typeof createModelAvailability>;

/** Which models may be called now: the cooldowns, breakers and call limits that all workers share. */
export function createModelAvailability(
  { redis, subscriptions, keys, runtime: { now, random }, report, onCallLimit }: Parts,
  { account: accountOf = () => '', limits = [], breakers: policies }: AvailabilityOptions,
) {
  const cooldowns = createCooldowns({ redis, subscriptions, keys, now });
  const breakers = createBreakers({ redis, subscriptions, keys, now, random, report });
  const acquireCallSlot = createCallLimits(redis, keys, { limits, random });
  const policyOf = ({ model }: Subject) =>
    (model === undefined ? policies?.account : policies?.model) ??
    (model === undefined ? ACCOUNT_BREAKER : MODEL_BREAKER);

  const acquirePermission = async (subject: Subject): Promise<Permission> =>
    breakers.has(subject) ? breakers.acquire(subject, policyOf(subject)) : 'closed';
  const recordVerdict = async (
    subject: Subject,
    verdict: Verdict,
    call: Pick<Call, 'startedAt' | 'failure'>,
  ) => {
    if (verdict !== 'failing' && !breakers.has(subject)) return;
    await breakers.change(subject, (breaker) => afterCall(breaker, verdict, call, now(), policyOf(subject)));
  };

  /** The availability of models for the calls that a caller's stages of a role make. */
  function forCalls(role: Role, caller: string) {
    const account = accountOf(role);
    const acquire: Acquire = async (model) => {
      const trials: Subject[] = [];
      const abandonTrials = () => Promise.all(trials.map((subject) => breakers.abandon(subject)));
      for (const subject of [{ account }, { account, model }, { account, model, caller }]) {
        const permission = await acquirePermission(subject);
        if (permission === 'half-open') trials.push(subject);
        if (!isRejection(permission)) continue;
        await abandonTrials();
        const isAccountOpen = !('model' in subject) && permission.state === 'open';
        return isAccountOpen ? { kind: 'fail', failure: permission.failure } : toAcquisition(permission);
      }
      const waitMs = await acquireCallSlot(account, model);
      if (waitMs === 0) return { kind: 'call' };
      await abandonTrials();
      onCallLimit(model);
      return { kind: 'wait', until: now() + waitMs, failing: false, cause: CALL_LIMIT_REACHED };
    };
    return {
      modelHealth: {
        cooldowns: { get: (model) => cooldowns.get(account, model) },
        failing: {
          get: (model) =>
            later(breakers.pauseOf({ account, model }), breakers.pauseOf({ account, model, caller })),
        },
      } satisfies ModelHealth,
      acquire,

      /** Records that the response to a call has started: the account works. @param startedAt start of the call */
      async recordStart(startedAt: number) {
        await recordVerdict({ account }, 'healthy', { startedAt, failure: null });
      },

      async recordResult(call: Call) {
        const { model, failure } = call;
        if (failure?.code === 'rate-limited') await cooldowns.extend(account, model, failure);
        const verdicts = verdictsOf(call);
        await recordVerdict({ account, model, caller }, verdicts.callerModel, call);
        await recordVerdict({ account, model }, verdicts.model, call);
        await recordVerdict({ account }, verdicts.account, call);
      },
    };
  }

  return {
    forCalls,
    /** Resolves when the shared state is read. */
    ready: Promise.all([cooldowns.ready, breakers.ready]),
    close() {
      cooldowns.close();
      breakers.close();
    },
  };
}

const later = (one: Unavailability | undefined, other: Unavailability | undefined) =>
  (one?.until ?? 0) > (other?.until ?? 0) ? one : other;

const isRejection = (permission: Permission): permission is Rejection => typeof permission !== 'string';

const toAcquisition = ({ until, failure }: Rejection): Acquisition => ({
  kind: 'wait',
  until,
  failing: true,
  cause: causeOf(failure),
});

const CALL_LIMIT_REACHED = 'rate-limited: the limit of calls in MODEL_LIMITS is reached';

const WINDOW_MS = { min: 60_000, day: 86_400_000 };

/** Longest time over which waiting stages spread their retries, in ms. */
const MAX_SPREAD_MS = 50_000;

/** Call limits of accounts, shared by all their workers and counted by the clock of Redis. */
export function createCallLimits(
  redis: Connection,
  keys: Keys,
  { limits, random }: { limits: readonly Limit[]; random: () => number },
) {
  const scripts = loadScripts(redis, 'models', ['acquireCallSlot']);
  /** Takes a slot for a call. @returns 0 if taken, else ms until one may be free. Sends no command without limits. */
  return async (account: string, model: string): Promise<number> => {
    const applicable = limitsOn(limits, model);
    if (applicable.length === 0) return 0;
    const names = applicable.flatMap(({ models, window }) => keys.calls(account, models, window));
    const args = applicable.flatMap(({ max, window }) => {
      return [max, WINDOW_MS[window], window === 'day' ? 1 : 0, Math.min(WINDOW_MS[window], MAX_SPREAD_MS)];
    });
    const reply = (await writeWithRetry(() => scripts.acquireCallSlot(names, args))) as number[];
    // Spread, because only one of the stages that wait for the same slot gets it.
    const waits = applicable.map((_, i) =>
      Math.ceil((reply[2 * i] ?? 0) + (reply[2 * i + 1] ?? 0) * random()),
    );
    return Math.max(...waits);
  };
}
