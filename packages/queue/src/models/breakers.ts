import {
  type Breaker,
  type BreakerPolicy,
  breakerState,
  cancelTrial,
  causeOf,
  type Failure,
  isOnTrial,
  startTrial,
  type Unavailability,
} from '@codegen/pipeline';
import { type Connection, keepSubscribed } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { loadScripts, writeWithRetry } from '../redis/scripts.ts';

/** Interval at which stored breakers are read, in case a message was lost, in ms. */
const POLL_MS = 10_000;

/** Lifetime of all breakers after the last change to any, in ms. */
const LIFETIME_MS = 3_600_000;

/** Average time after which a stage asks again while a trial call is in progress, in ms. */
const TRIAL_RECHECK_MS = 4_000;

/** A breaker has opened or closed. */
export interface BreakerStateChange {
  /** Null for the breaker of an account. */
  readonly model: string | null;
  /** The caller for whom alone the model has failed; null for all. */
  readonly caller: string | null;
  /** End of the pause, ms since 1970; null if the breaker closed. */
  readonly until: number | null;
  /** How often in a row the breaker has opened. */
  readonly opened: number;
  readonly failure: Failure;
}

/**
 * What a breaker protects: an account, a model called with it, or that model for one caller. An account is a key at a
 * model server; its name has no spaces.
 */
export interface Subject {
  readonly account: string;
  readonly model?: string;
  readonly caller?: string;
}

/** Why no call may start now. */
export interface Rejection {
  readonly state: 'open' | 'half-open';
  /** When to ask again, ms since 1970. */
  readonly until: number;
  readonly failure: Failure;
}

/** `closed`: the call may start. `half-open`: the call may start and is the trial call. */
export type Permission = 'closed' | 'half-open' | Rejection;

interface Parts {
  readonly redis: Connection;
  readonly subscriptions: Connection;
  readonly keys: Keys;
  readonly now: () => number;
  readonly random: () => number;
  /** Called in the worker that made the change, once per change. */
  readonly report: (change: BreakerStateChange) => void;
}

type Rule = (breaker: Breaker | null) => Breaker | null;

/**
 * Circuit breakers shared by all workers. The rules are in `packages/pipeline`; Redis compares and sets, and publishes
 * each change. Each process holds a copy, so subjects without failures need no command.
 */
export function createBreakers({ redis, subscriptions, keys, now, random, report }: Parts) {
  const scripts = loadScripts(redis, 'models', ['updateBreaker']);
  const stored = new Map<string, string>();
  const pauses = new Map<string, Unavailability>();
  let messages = 0;
  const lastMessages = new Map<string, number>();

  const apply = (name: string, text: string) => {
    const breaker = parse(text);
    if (breaker === null) stored.delete(name);
    else stored.set(name, text);
    if (breaker === null || breaker.opened === 0) pauses.delete(name);
    else pauses.set(name, { until: breaker.until, cause: causeOf(breaker.lastFailure) });
  };
  /** A message that arrived after the command was sent may be newer than the reply. */
  const applyReply = (name: string, text: string, sentAfter: number) => {
    if ((lastMessages.get(name) ?? 0) <= sentAfter) apply(name, text);
  };
  subscriptions.on('message', (channel: string, message: string) => {
    if (channel !== keys.breakerChanges) return;
    const [name, text] = JSON.parse(message) as [string, string];
    lastMessages.set(name, ++messages);
    apply(name, text);
  });
  const poll = async () => {
    const sentAfter = messages;
    const found = await redis.hgetall(keys.breakers).catch(() => null);
    if (found === null) return;
    for (const name of new Set([...stored.keys(), ...Object.keys(found)]))
      applyReply(name, found[name] ?? '', sentAfter);
  };
  const ready = keepSubscribed(subscriptions, () => [keys.breakerChanges], poll);
  const timer = setInterval(poll, POLL_MS).unref();

  /** Applies a rule to the current state, again if another worker changed it meanwhile. */
  async function update(name: string, rule: Rule) {
    for (;;) {
      const text = stored.get(name) ?? '';
      const before = parse(text);
      const after = rule(before);
      if (after === before) return { after, isChanged: false };
      const next = after === null ? '' : JSON.stringify(after);
      const message = JSON.stringify([name, next]);
      const args = [name, text, next, keys.breakerChanges, message, LIFETIME_MS];
      const sentAfter = messages;
      const reply = await writeWithRetry(() => scripts.updateBreaker([keys.breakers], args));
      const [isChanged, current] = reply as [0 | 1, string];
      applyReply(name, current, sentAfter);
      if (isChanged === 0) continue;
      reportChange(name, before, after);
      return { after, isChanged: true };
    }
  }

  function reportChange(name: string, before: Breaker | null, after: Breaker | null) {
    const opened = after?.opened ?? 0;
    if (opened === (before?.opened ?? 0)) return;
    const failure = (after ?? before)?.lastFailure;
    const { model = null, caller = null } = subjectOf(name);
    if (failure) report({ model, caller, until: after?.until ?? null, opened, failure });
  }

  return {
    /** The pause of a breaker that is not closed. It may be over. */
    pauseOf: (subject: Subject): Unavailability | undefined => pauses.get(nameOf(subject)),
    /** Resolves when the stored breakers are read. */
    ready,
    /** Whether the subject failed lately. Sends no command. */
    has: (subject: Subject) => stored.has(nameOf(subject)),
    /** Asks to start a call. */
    async acquire(subject: Subject, policy: BreakerPolicy): Promise<Permission> {
      const { after, isChanged } = await update(nameOf(subject), (breaker) => {
        if (breaker === null || breakerState(breaker, now()) !== 'half-open') return breaker;
        return isOnTrial(breaker, now()) ? breaker : startTrial(breaker, now(), policy);
      });
      if (isChanged) return 'half-open';
      const state = breakerState(after, now());
      if (after === null || state === 'closed') return 'closed';
      const until = state === 'open' ? after.until : now() + TRIAL_RECHECK_MS * (0.5 + random());
      return { state, until, failure: after.lastFailure };
    },
    /** Lets another trial call start: the acquired one will not. */
    async abandon(subject: Subject) {
      await update(nameOf(subject), cancelTrial);
    },
    async change(subject: Subject, rule: Rule) {
      await update(nameOf(subject), rule);
    },
    close: () => clearInterval(timer),
  };
}

/** `account <account>`, or `model <model> @<account> for <caller>`, without an account or caller if there is none. */
function nameOf({ account, model, caller }: Subject): string {
  if (model === undefined) return `account ${account}`;
  return `model ${model}${account === '' ? '' : ` @${account}`}${caller === undefined ? '' : ` for ${caller}`}`;
}

/** What the breaker of a name in Redis protects. */
export function subjectOf(name: string): Subject {
  const [, model, account = '', caller] = /^model (.*?)(?: @(\S+))?(?: for (.*))?$/s.exec(name) ?? [];
  if (model === undefined) return { account: name.replace(/^account /, '') };
  return { account, model, ...(caller !== undefined && { caller }) };
}

const parse = (text: string): Breaker | null => (text === '' ? null : JSON.parse(text));
