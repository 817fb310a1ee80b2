import {
  ACCOUNT_BREAKER,
  type Acquire,
  type Acquisition,
  afterCall,
  type BreakerPolicy,
  type Call,
  type Limit,
  MODEL_BREAKER,
  type ModelHealth,
  type StageRuntime,
  type Verdict,
  verdictOnAccount,
  verdictOnModel,
} from '@codegen/pipeline';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { type BreakerTurn, openBreakers, type Refusal, type Subject } from './breakers.ts';
import { openHolds } from './holds.ts';
import { openLimiter } from './limiter.ts';

/** What stands between stages and models: what all workers have learned of those. */
export interface Gate {
  readonly modelHealth: ModelHealth;
  readonly acquire: Acquire;
  /** Resolves when it knows what others had learned before. */
  readonly known: Promise<unknown>;
  /** Brings in that a call is being answered, which began at a time: whoever pays for it is in order. */
  hear(startedAt: number): Promise<void>;
  /** Brings in what a call has shown that has ended. */
  learn(call: Call): Promise<void>;
  close(): void;
}

export interface GateOptions {
  /** Says apart accounts with model servers, and no more of them; all workers share one by default. */
  readonly account?: string;
  /** How many calls may be made in a time; any number by default. */
  readonly limits?: readonly Limit[];
  readonly breakers?: { readonly model?: BreakerPolicy; readonly account?: BreakerPolicy };
}

interface Parts {
  readonly redis: Connection;
  readonly subscriber: Connection;
  readonly keys: Keys;
  readonly runtime: Pick<StageRuntime, 'now' | 'random'>;
  readonly report: (turn: BreakerTurn) => void;
}

export function openGate(parts: Parts, { account = '', limits = [], breakers: policies }: GateOptions): Gate {
  const { redis, subscriber, keys, report } = parts;
  const { now, random } = parts.runtime;
  const cooldowns = openHolds(redis, subscriber, keys);
  const breakers = openBreakers({ redis, subscriber, keys, now, random, report });
  const limiter = openLimiter(redis, keys, { account, limits, random });
  const policyOf = (subject: Subject) =>
    'model' in subject ? (policies?.model ?? MODEL_BREAKER) : (policies?.account ?? ACCOUNT_BREAKER);

  const callModel = async (subject: Subject) =>
    breakers.isKnown(subject) ? breakers.callModel(subject, policyOf(subject)) : 'free';
  const heed = async (subject: Subject, verdict: Verdict, call: Pick<Call, 'startedAt' | 'failure'>) => {
    if (verdict !== 'failing' && !breakers.isKnown(subject)) return;
    await breakers.change(subject, (breaker) => afterCall(breaker, verdict, call, now(), policyOf(subject)));
  };

  return {
    modelHealth: { cooldowns: cooldowns.current, failing: breakers.open },
    known: Promise.all([cooldowns.known, breakers.known]),

    async acquire(model) {
      const whole = await callModel({ account });
      if (isRefusal(whole)) {
        return whole.probing ? holdUntil(whole.until) : { kind: 'fail', failure: whole.failure };
      }
      const own = await callModel({ model });
      const wait = isRefusal(own) ? 0 : await limiter.take(model);
      if (!isRefusal(own) && wait === 0) return { kind: 'call' };
      if (whole === 'probe') await breakers.withdraw({ account });
      if (own === 'probe') await breakers.withdraw({ model });
      return isRefusal(own) ? holdUntil(own.until) : { kind: 'wait', until: now() + wait, failing: false };
    },

    async hear(startedAt) {
      await heed({ account }, 'sound', { startedAt, failure: null });
    },

    async learn(call) {
      const { model, failure } = call;
      const wait = failure?.code === 'rate-limited' ? failure.retryAfterMs : undefined;
      if (wait) await cooldowns.extend(model, now() + wait);
      await heed({ model }, verdictOnModel(call), call);
      await heed({ account }, verdictOnAccount(call), call);
    },

    close() {
      cooldowns.close();
      breakers.close();
    },
  };
}

const isRefusal = (answer: 'free' | 'probe' | Refusal): answer is Refusal => typeof answer !== 'string';

const holdUntil = (until: number): Acquisition => ({ kind: 'wait', until, failing: true });
