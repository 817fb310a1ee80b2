import { createHash } from 'node:crypto';
import type { Conversation, RunOptions } from '@codegen/pipeline';
import type { Keys } from '../redis/keys.ts';

/** Who asked, and what the run is to be found by. */
export interface SubmitOptions {
  /** Runs are seen by their own caller only. */
  readonly caller: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly options?: RequestedOptions;
  /** Where the end of the run is to be told: an address that was checked. */
  readonly webhook?: string | null;
  /** The same key for the same request means the same run. */
  readonly idempotencyKey?: string | null;
  /** Whether to join a run of the same caller that is under way with the same conversation; with a key, none is joined. */
  readonly coalesce?: boolean;
  /** What is to happen when the last who waits for the run has left; it goes on by default. */
  readonly onDisconnect?: OnDisconnect;
}

export type OnDisconnect = 'cancel' | 'continue';

/** The terms of a run as they are asked for: the deadline counts from when the run is taken. */
export type RequestedOptions = Partial<Omit<RunOptions, 'deadlineAt'>> & {
  readonly deadlineSeconds?: number;
};

/** What became of a request to start a run. */
export interface Submission {
  readonly id: string;
  /**
   * - `new`: a run was started
   * - `same`: the idempotency key stands for this run already
   * - `joined`: the same request is under way as this run
   * - `full`: too many runs are open already; nothing was started
   * - `crowded`: too many runs of the caller's are; nothing was started
   * - `conflict`: the idempotency key stands for this run, which was asked something else; nothing was started
   */
  readonly outcome: 'new' | 'same' | 'joined' | 'full' | 'caller-limit-reached' | 'conflict';
}

export const ANONYMOUS: SubmitOptions = { caller: 'anonymous' };

/** Seconds for which an idempotency key stands for its run, unless the run is gone before. */
export const IDEMPOTENCY_SECONDS = 86_400;

/** A run that has not ended is kept for so many seconds, however short a time it is kept afterwards. */
const UNFINISHED_SECONDS = 86_400;

export interface Limits {
  /** Seconds a run is kept after it ended. */
  readonly retentionSeconds: number;
  /** Runs that may be open, taken and not ended, before no further one is taken; any number by default. */
  readonly maxOpen?: number | undefined;
  /** The same for each caller. */
  readonly maxOpenOfCaller?: number | undefined;
}

/** What the script that submits a run is given. */
export function submissionOf(
  keys: Keys,
  run: {
    readonly id: string;
    readonly conversation: Conversation;
    readonly seed: number;
    readonly createdAt: number;
  },
  about: SubmitOptions,
  { retentionSeconds, maxOpen = 1e9, maxOpenOfCaller }: Limits,
) {
  const { id, conversation, seed, createdAt } = run;
  const {
    caller,
    metadata = {},
    options: { deadlineSeconds, ...options } = {},
    idempotencyKey = null,
  } = about;
  const { webhook = null, onDisconnect = 'continue' } = about;
  const coalesce = about.coalesce === true && idempotencyKey === null;
  const asked = JSON.stringify({ conversation, deadlineSeconds, ...options });
  // In the order of their names: another order is no other request.
  const sorted = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = [asked, JSON.stringify(sorted), ...(webhook === null ? [] : [webhook])];
  const fingerprint = digest(parts.join('\n'));
  const idempotency = keys.idempotency(digest(`${caller}\n${idempotencyKey}`));
  const underWay = keys.underWay(digest(`${caller}\n${asked}`));
  const fields = {
    conversation: JSON.stringify(conversation),
    seed,
    options: JSON.stringify({
      ...options,
      ...(deadlineSeconds !== undefined && { deadlineAt: createdAt + deadlineSeconds * 1_000 }),
    }),
    createdAt,
    caller,
    metadata: JSON.stringify(metadata),
    ...(webhook !== null && { webhook }),
    ...(idempotencyKey !== null && { idempotencyKey, idempotency }),
    ...(coalesce && { underWay }),
    ...(onDisconnect === 'cancel' && { onDisconnect }),
  };
  return {
    keys: [
      keys.run(id),
      keys.jobs(caller),
      keys.expiry,
      idempotency,
      underWay,
      keys.open,
      keys.openOf(caller),
      keys.unchecked,
    ],
    args: [
      id,
      createdAt,
      Math.max(retentionSeconds, UNFINISHED_SECONDS),
      idempotencyKey === null ? '' : IDEMPOTENCY_SECONDS,
      coalesce ? onDisconnect : '',
      fingerprint,
      keys.run(''),
      memberOf(id, caller),
      maxOpen,
      maxOpenOfCaller ?? '',
      ...Object.entries(fields).flat(),
    ],
  };
}

/** Of the set of expiring runs: what is needed to remove a run whose hash is gone already. */
export const memberOf = (id: string, caller: string) => `${id}|${caller}`;

export function readMember(member: string) {
  const end = member.indexOf('|');
  return { id: member.slice(0, end), caller: member.slice(end + 1) };
}

const digest = (text: string) => createHash('sha256').update(text).digest('base64url');
