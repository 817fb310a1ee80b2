import {
  type Breaker,
  type BreakerPolicy,
  type Failure,
  probe,
  standingOf,
  unprobe,
} from '@codegen/pipeline';
import { type Connection, keepSubscribed } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { persist } from '../redis/persist.ts';
import { loadScripts } from '../redis/scripts.ts';

/** Milliseconds between looks at what is known, in case a message was lost with a connection. */
const RECHECK_MS = 10_000;

/** Milliseconds after the last change of any of them after which all are forgotten. */
const KEPT_MS = 3_600_000;

/** Milliseconds, about, until a stage asks again what the call has found out that is finding out. */
const PROBE_RECHECK_MS = 4_000;

/** A breaker has opened, or closed again. */
export interface BreakerTurn {
  /** Null: the account that all models are asked with. */
  readonly model: string | null;
  /** Until when it is left alone, ms since 1970; null if it serves again. */
  readonly until: number | null;
  /** How often in a row it has been given up. */
  readonly opened: number;
  readonly failure: Failure;
}

/** What is left alone: the name of a model, or of an account. */
export type Subject = { readonly model: string } | { readonly account: string };

/** Why nobody calls now. Times are ms since 1970. */
export interface Refusal {
  readonly until: number;
  readonly failure: Failure;
  /** One call is finding out: it may be over sooner. */
  readonly probing: boolean;
}

export interface Breakers {
  /** Of every model that is left alone: until when, ms since 1970. */
  readonly open: ReadonlyMap<string, number>;
  /** Resolves when that is known which others had found before. */
  readonly known: Promise<void>;
  /** Whether anything is known to be wrong. Costs nothing. */
  isKnown(subject: Subject): boolean;
  /** Asks for a call: anybody's is free to begin, this one is to find out, or it may not begin. */
  callModel(subject: Subject, policy: BreakerPolicy): Promise<'free' | 'probe' | Refusal>;
  /** The call that was to find out will not begin. */
  withdraw(subject: Subject): Promise<void>;
  /** Brings in what a call has shown. */
  change(subject: Subject, rule: (breaker: Breaker | null) => Breaker | null): Promise<Breaker | null>;
  close(): void;
}

interface Parts {
  readonly redis: Connection;
  readonly subscriber: Connection;
  readonly keys: Keys;
  readonly now: () => number;
  readonly random: () => number;
  /** Told once among all workers. */
  readonly report: (turn: BreakerTurn) => void;
}

/**
 * What keeps failing, as all workers have found. The rules are the pipeline's; Redis compares and sets. Each process is
 * told of changes as they happen, so what nothing is wrong with costs no question.
 */
export function openBreakers({ redis, subscriber, keys, now, random, report }: Parts): Breakers {
  const scripts = loadScripts(redis, ['updateBreaker']);
  const texts = new Map<string, string>();
  const open = new Map<string, number>();
  /** Heard of while a look was under way, which may be older. */
  let heard = new Set<string>();

  const put = (name: string, text: string) => {
    const breaker = parse(text);
    if (breaker === null) texts.delete(name);
    else texts.set(name, text);
    const model = modelOf(name);
    if (model === null) return;
    if (breaker === null || breaker.opened === 0) open.delete(model);
    else open.set(model, breaker.until);
  };
  subscriber.on('message', (channel: string, message: string) => {
    if (channel !== keys.turned) return;
    const [name, text] = JSON.parse(message) as [string, string];
    heard.add(name);
    put(name, text);
  });
  const look = async () => {
    heard = new Set();
    const found = await redis.hgetall(keys.breakers).catch(() => null);
    if (found === null) return;
    for (const name of new Set([...texts.keys(), ...Object.keys(found)])) {
      if (!heard.has(name)) put(name, found[name] ?? '');
    }
  };
  const known = keepSubscribed(subscriber, () => [keys.turned], look);
  const timer = setInterval(look, RECHECK_MS).unref();

  /** Changes it as a rule says, from whatever it is by then. */
  async function turn(name: string, rule: (breaker: Breaker | null) => Breaker | null) {
    for (;;) {
      const text = texts.get(name) ?? '';
      const before = parse(text);
      const after = rule(before);
      if (after === before) return { after, changed: false };
      const next = after === null ? '' : JSON.stringify(after);
      const message = JSON.stringify([name, next]);
      const args = [name, text, next, keys.turned, message, KEPT_MS];
      const [made, is] = (await persist(() => scripts.updateBreaker([keys.breakers], args))) as [
        number,
        string,
      ];
      heard.add(name);
      put(name, is);
      if (made === 1) {
        tell(name, before, after);
        return { after, changed: true };
      }
    }
  }

  function tell(name: string, before: Breaker | null, after: Breaker | null) {
    const opened = after?.opened ?? 0;
    if (opened === (before?.opened ?? 0)) return;
    const { failure } = after ?? before ?? {};
    if (failure) report({ model: modelOf(name), until: after?.until ?? null, opened, failure });
  }

  return {
    open,
    known,
    isKnown: (subject) => texts.has(nameOf(subject)),
    async callModel(subject, policy) {
      const due = (breaker: Breaker | null) =>
        breaker !== null && standingOf(breaker, now()) === 'due' ? probe(breaker, now(), policy) : breaker;
      const { after, changed } = await turn(nameOf(subject), due);
      if (changed) return 'probe';
      if (after === null) return 'free';
      const { until, failure } = after;
      switch (standingOf(after, now())) {
        case 'open':
          return { until, failure, probing: false };
        case 'probing':
          return { until: now() + PROBE_RECHECK_MS * (0.5 + random()), failure, probing: true };
        default:
          return 'free';
      }
    },
    async withdraw(subject) {
      await turn(nameOf(subject), unprobe);
    },
    change: async (subject, rule) => (await turn(nameOf(subject), rule)).after,
    close: () => clearInterval(timer),
  };
}

const nameOf = (subject: Subject) =>
  'model' in subject ? `model ${subject.model}` : `account ${subject.account}`;

const modelOf = (name: string) => (name.startsWith('model ') ? name.slice('model '.length) : null);

const parse = (text: string | undefined): Breaker | null => (text ? JSON.parse(text) : null);
