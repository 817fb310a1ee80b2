import { createHash } from 'node:crypto';
import type { Beginning, Effort, Run, RunOptions, SourceFile } from '@codegen/pipeline';
import type { Keys } from '../redis/keys.ts';
import { RUN_FORMAT } from '../redis/keys.ts';
import { type CallerLimits, daysOf, type LimitsOf } from './caller-limits.ts';
import { type Rerun, serializeRecord } from './stored-run.ts';

/** Properties of a request to start a run, apart from its conversation. */
export interface SubmitOptions {
  /** Owner of the run; callers see only their own runs. */
  readonly caller: string;
  /** A finished run of the caller that this one continues. */
  readonly previousJobId?: string | null;
  /** The code that the request is about. Files of the same name in the thread's code are replaced. */
  readonly files?: readonly SourceFile[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly options?: RequestedOptions;
  /** Address to notify when the run finishes; must have been validated. */
  readonly webhook?: string | null;
  /** Requests of a caller with the same key share one run. */
  readonly idempotencyKey?: string | null;
  /** Whether to join an identical run of the caller in flight; ignored with an idempotency key. */
  readonly coalesce?: boolean;
  /** What to do when the last client disconnects; `continue` by default. */
  readonly onDisconnect?: OnDisconnect;
  /** Id of the HTTP request, for the logs of the workers. */
  readonly requestId?: string;
  /** Trace context of the HTTP request, in the form of the header `traceparent`, for the traces of the workers. */
  readonly traceparent?: string | undefined;
}

export type OnDisconnect = 'cancel' | 'continue';

/** Run options as requested: the deadline counts from the creation of the run. */
export type RequestedOptions = Partial<Omit<RunOptions, 'deadlineAt'>> & {
  readonly deadlineSeconds?: number;
};

/** Result of a request to start a run. */
export interface Submission {
  /** The limits of the caller, if no run was started. */
  readonly limits?: CallerLimits;
  /** The run; '' if there is none. */
  readonly id: string;
  /**
   * - `new`: a run was started
   * - `replayed`: the run of the idempotency key
   * - `coalesced`: an identical run in flight
   * - `conflict`: the run of the idempotency key, which belongs to a different request; nothing was started
   * - `full`: too many open runs; nothing was started
   * - `caller-limit-reached`: too many open runs of the caller; nothing was started
   * - `day-limit-reached`, `month-limit-reached`: the caller has spent its dollars; nothing was started
   * - `intake-paused`: an operator has paused the intake; nothing was started
   * - `no-predecessor`: `previousJobId` is no run of the caller; nothing was started
   * - `unfinished-predecessor`: the run of `previousJobId` has not finished; nothing was started
   */
  readonly kind:
    | 'new'
    | 'replayed'
    | 'coalesced'
    | 'full'
    | 'caller-limit-reached'
    | 'day-limit-reached'
    | 'month-limit-reached'
    | 'intake-paused'
    | 'conflict'
    | 'no-predecessor'
    | 'unfinished-predecessor';
}

export const ANONYMOUS_OPTIONS: SubmitOptions = { caller: 'anonymous' };

/** Lifetime of an idempotency key in seconds; it ends earlier with its run. */
export const IDEMPOTENCY_SECONDS = 86_400;

/** Minimum lifetime of a run that has not finished, in seconds. */
const UNFINISHED_SECONDS = 86_400;

export interface RunStoreOptions {
  /** Seconds for which a finished run is kept. */
  readonly retentionSeconds: number;
  /** Maximum number of open (not finished) runs; unlimited by default. */
  readonly maxOpen?: number | undefined;
  /** Maximum number of open runs per caller; unlimited by default. */
  readonly maxOpenOfCaller?: number | undefined;
  /** Effort of runs that name none; `balanced` by default. */
  readonly effort?: Effort | undefined;
  /** US dollars that a run may cost; unlimited by default. */
  readonly maxRunCostUsd?: number | undefined;
  /** Limits of single callers. */
  readonly limitsOf?: LimitsOf | undefined;
}

export interface NewRun extends Pick<Beginning, 'conversation'>, Partial<Pick<Beginning, 'files'>> {
  readonly id: string;
  /** Number of messages at the beginning of the conversation that a summary replaces. */
  readonly olderCount?: number;
  /** The thread of the predecessor. The run starts a thread if it is missing. */
  readonly threadId?: string;
  readonly seed: number;
  /** Ms since 1970. */
  readonly createdAt: number;
  /** The earlier run whose route and records this one takes over. */
  readonly rerun?: Rerun & Pick<Run, 'route' | 'stages'>;
}

/** What the first jobs of a run depend on. */
export interface StartOptions {
  readonly turn: number;
  /** Number of messages that a summary replaces; none by default. */
  readonly olderCount?: number | undefined;
  /** Whether an event has happened to the run. */
  readonly hasStarted?: boolean;
}

/** Keys and arguments of `create-run.lua`. */
export function createRunArguments(
  keys: Keys,
  { id, conversation, olderCount = 0, files = [], threadId = id, seed, createdAt, rerun }: NewRun,
  submitOptions: SubmitOptions,
  limits: RunStoreOptions,
) {
  const {
    caller,
    previousJobId = null,
    metadata = {},
    webhook = null,
    idempotencyKey = null,
  } = submitOptions;
  const { options: { deadlineSeconds, ...requested } = {}, onDisconnect = 'continue' } = submitOptions;
  const { requestId, traceparent } = submitOptions;
  const { effort = 'balanced' } = limits;
  const options = effort === 'balanced' ? requested : { effort, ...requested };
  const coalesce = submitOptions.coalesce === true && idempotencyKey === null;
  const request = JSON.stringify({
    conversation,
    deadlineSeconds,
    ...options,
    ...(files.length > 0 && { files }),
    ...(previousJobId !== null && { previousJobId }),
    ...(rerun && { rerun: [rerun.of, rerun.from] }),
  });
  // Sorted, so that the order does not change the fingerprint.
  const sorted = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = [request, JSON.stringify(sorted), ...(webhook === null ? [] : [webhook])];
  const idempotency = keys.idempotency(digest(`${caller}\n${idempotencyKey}`));
  const inFlight = keys.inFlight(digest(`${caller}\n${request}`));
  const deadlineAt = deadlineSeconds !== undefined && { deadlineAt: createdAt + deadlineSeconds * 1_000 };
  const fields = {
    format: RUN_FORMAT,
    conversation: JSON.stringify(conversation),
    ...(olderCount > 0 && { older: olderCount }),
    ...(files.length > 0 && { files: JSON.stringify(files) }),
    ...(previousJobId !== null && { threadId, previousJobId }),
    seed,
    options: JSON.stringify({ ...options, ...deadlineAt }),
    createdAt,
    caller,
    metadata: JSON.stringify(metadata),
    ...(webhook !== null && { webhook }),
    ...(idempotencyKey !== null && { idempotencyKey, idempotency }),
    ...(coalesce && { inFlight }),
    ...(requestId !== undefined && { requestId }),
    ...(traceparent !== undefined && { traceparent }),
    ...(onDisconnect === 'cancel' && { onDisconnect }),
    ...(rerun && reusedFields(rerun)),
  };
  const { expiry, open, unconfirmed } = keys;
  return {
    keys: [
      keys.run(id),
      keys.jobs(caller),
      expiry,
      idempotency,
      inFlight,
      open,
      keys.openOf(caller),
      unconfirmed,
      keys.waiting,
      keys.thread(threadId),
      keys.threads(caller),
      keys.turns,
      keys.spent(caller),
      keys.intakePaused,
    ],
    args: [
      id,
      createdAt,
      Math.max(limits.retentionSeconds, UNFINISHED_SECONDS),
      idempotencyKey === null ? '' : IDEMPOTENCY_SECONDS,
      coalesce ? onDisconnect : '',
      digest(parts.join('\n')),
      keys.run(''),
      expiryMember({ id, threadId, caller }),
      ...openRunLimits(limits, caller),
      keys.prefix,
      threadId,
      previousJobId ?? '',
      ...callerArguments(limits, caller, createdAt),
      listedInThreads(options),
      ...Object.entries(fields).flat(),
    ],
  };
}

/** Whether a chat program asked for a text of its own, such as a title. Lists leave such runs out. */
export const isTask = ({ route }: Pick<RequestedOptions, 'route'>): boolean => route === 'text';

const listedInThreads = (options: RequestedOptions) => (isTask(options) ? '' : '1');

/** The fields that `commit-stage.lua` writes for the records. The reused stages have no events. */
function reusedFields({ of, from, route, stages }: NonNullable<NewRun['rerun']>): Record<string, string> {
  const records = Object.entries(stages).flatMap(([name, record]) => [
    [`stage:${name}`, serializeRecord(record)],
    [`ended:${name}`, '1'],
  ]);
  return { rerun: JSON.stringify({ of, from }), ...(route && { route }), ...Object.fromEntries(records) };
}

/** What is needed to remove a run whose hash has expired. */
export interface RunIdentity {
  readonly id: string;
  readonly threadId: string;
  readonly caller: string;
}

function openRunLimits({ maxOpen = 1e9, maxOpenOfCaller, limitsOf }: RunStoreOptions, caller: string) {
  return [maxOpen, limitsOf?.(caller).openJobs ?? maxOpenOfCaller ?? ''];
}

function callerArguments({ maxRunCostUsd, limitsOf }: RunStoreOptions, caller: string, now: number) {
  const { priority = 1, usdPerDay, usdPerMonth } = limitsOf?.(caller) ?? {};
  const { today, firstOfMonth } = daysOf(now);
  return [caller, priority, usdPerDay ?? '', usdPerMonth ?? '', today, firstOfMonth, maxRunCostUsd ?? ''];
}

/** Member of the expiry set: `<run>|<caller>` for the first run of a thread, else `<run>/<thread>|<caller>`. */
export const expiryMember = ({ id, threadId, caller }: RunIdentity) =>
  `${id}${threadId === id ? '' : `/${threadId}`}|${caller}`;

export function parseExpiryMember(member: string): RunIdentity {
  const end = member.indexOf('|');
  const [id = '', threadId = id] = member.slice(0, end).split('/');
  return { id, threadId, caller: member.slice(end + 1) };
}

const digest = (text: string) => createHash('sha256').update(text).digest('base64url');
