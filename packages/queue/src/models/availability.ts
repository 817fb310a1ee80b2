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
  type StageRuntime,
  type Verdict,
  verdictOnAccount,
  verdictOnModel,
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
  /** Name of the account at the model server; workers with the same name share breakers and limits. '' by default. */
  readonly account?: string;
  /** Limits on the number of calls; none by default. */
  readonly limits?: readonly Limit[];
  readonly breakers?: { readonly model?: BreakerPolicy; readonly account?: BreakerPolicy };
}

interface Parts {
  readonly redis: Connection;
  readonly subscriptions: Connection;
  readonly keys: Keys;
  readonly runtime: Pick<StageRuntime, 'now' | 'random'>;
  readonly report: (change: BreakerStateChange) => void;
}

export type ModelAvailability = ReturnType<typeof createModelAvailability>;

/** Which models may be called now: the cooldowns, breakers and call limits that all workers share. */
export function createModelAvailability(
  { redis, subscriptions, keys, runtime: { now, random }, report }: Parts,
  { account = '', limits = [], breakers: policies }: AvailabilityOptions,
) {
  const cooldowns = createCooldowns({ redis, subscriptions, keys, now });
  const breakers = createBreakers({ redis, subscriptions, keys, now, random, report });
  const acquireCallSlot = createCallLimits(redis, keys, { account, limits, random });
  const policyOf = (subject: Subject) =>
    'model' in subject ? (policies?.model ?? MODEL_BREAKER) : (policies?.account ?? ACCOUNT_BREAKER);

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

  const acquire: Acquire = async (model) => {
    const ofAccount = await acquirePermission({ account });
    if (isRejection(ofAccount)) {
      return ofAccount.state === 'open' ? { kind: 'fail', failure: ofAccount.failure } : waitFor(ofAccount);
    }
    const ofModel = await acquirePermission({ model });
    const waitMs = isRejection(ofModel) ? 0 : await acquireCallSlot(model);
    if (!isRejection(ofModel) && waitMs === 0) return { kind: 'call' };
    if (ofAccount === 'half-open') await breakers.abandon({ account });
    if (ofModel === 'half-open') await breakers.abandon({ model });
    if (isRejection(ofModel)) return waitFor(ofModel);
    return { kind: 'wait', until: now() + waitMs, failing: false, cause: CALL_LIMIT_REACHED };
  };

  return {
    modelHealth: { cooldowns: cooldowns.current, failing: breakers.failing } satisfies ModelHealth,
    acquire,
    /** Resolves when the shared state is read. */
    ready: Promise.all([cooldowns.ready, breakers.ready]),

    /** Records that the response to a call has started: the account works. @param startedAt start of the call */
    async recordStart(startedAt: number) {
      await recordVerdict({ account }, 'healthy', { startedAt, failure: null });
    },

    async recordResult(call: Call) {
      const { model, failure } = call;
      if (failure?.code === 'rate-limited') await cooldowns.extend(model, failure);
      await recordVerdict({ model }, verdictOnModel(call), call);
      await recordVerdict({ account }, verdictOnAccount(call), call);
    },

    close() {
      cooldowns.close();
      breakers.close();
    },
  };
}

const isRejection = (permission: Permission): permission is Rejection => typeof permission !== 'string';

const waitFor = ({ until, failure }: Rejection): Acquisition => {
  return { kind: 'wait', until, failing: true, cause: causeOf(failure) };
};

const CALL_LIMIT_REACHED = 'rate-limited: the limit of calls in MODEL_LIMITS is reached';

const WINDOW_MS = { min: 60_000, day: 86_400_000 };

/** Longest time over which waiting stages spread their retries, in ms. */
const MAX_SPREAD_MS = 50_000;

/** Call limits of an account, shared by all its workers and counted by the clock of Redis. */
export function createCallLimits(
  redis: Connection,
  keys: Keys,
  { account, limits, random }: { account: string; limits: readonly Limit[]; random: () => number },
) {
  const scripts = loadScripts(redis, ['acquireCallSlot']);
  /** Takes a slot for a call. @returns 0 if taken, else ms until one may be free. Sends no command without limits. */
  return async (model: string): Promise<number> => {
    const applicable = limitsOn(limits, model);
    if (applicable.length === 0) return 0;
    const names = applicable.flatMap(({ of, per }) => keys.calls(account, of, per));
    const args = applicable.flatMap(({ most, per }) => {
      return [most, WINDOW_MS[per], per === 'day' ? 1 : 0, Math.min(WINDOW_MS[per], MAX_SPREAD_MS)];
    });
    const reply = (await writeWithRetry(() => scripts.acquireCallSlot(names, args))) as number[];
    // Spread, because only one of the stages that wait for the same slot gets it.
    const waits = applicable.map((_, i) =>
      Math.ceil((reply[2 * i] ?? 0) + (reply[2 * i + 1] ?? 0) * random()),
    );
    return Math.max(...waits);
  };
}
