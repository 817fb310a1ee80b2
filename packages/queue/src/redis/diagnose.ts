import { once } from 'node:events';
import { type Connection, connectFailFast, lastErrorOf } from './connection.ts';

/** State of a Redis server as far as it states it. */
export interface RedisDiagnosis {
  readonly product: 'Redis' | 'Valkey';
  /** e.g. `7.2.4` */
  readonly version: string;
  readonly findings: readonly RedisFinding[];
}

/** The result of one check of a Redis server. */
export interface RedisFinding {
  readonly name: 'maxmemory-policy' | 'persistence' | 'memory';
  readonly isOk: boolean;
  readonly found: string;
  /** What to do: required if the check failed, a hint otherwise. */
  readonly advice?: string;
}

/** What messages of the client and of OpenSSL mean. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /wrong version number|packet length too long|EPROTO/i,
    'it does not speak TLS there; does the address need redis:// instead of rediss://?',
  ],
  [/Unknown RESP type|Protocol error/i, 'something answers there, but it is no Redis; is the port right?'],
  [
    /EPIPE|ECONNRESET|Connection is closed/,
    'it closes the connection; is it a Redis, and does it need rediss://?',
  ],
  [
    /Command timed out/,
    'it accepts the connection and does not answer; is it a Redis, and does it need rediss://?',
  ],
];

/** Connects to a Redis and reads its state. @throws Error with the reason if it does not answer within `timeoutMs` */
export async function diagnoseRedis(url: string, timeoutMs: number): Promise<RedisDiagnosis> {
  const redis = connectFailFast(url);
  try {
    await once(redis, 'ready', { signal: AbortSignal.timeout(timeoutMs) }).catch(() => {
      throw lastErrorOf(redis) ?? new Error(`no answer within ${timeoutMs / 1_000} s`);
    });
    return await diagnose(redis);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const known = REASONS.find(([pattern]) => pattern.test(message));
    throw known === undefined ? error : new Error(known[1], { cause: error });
  } finally {
    redis.disconnect();
  }
}

/** Reads the state of a Redis. What the user of the connection may not read is missing. */
export async function diagnose(redis: Connection): Promise<RedisDiagnosis> {
  const info = fieldsOf(await redis.info().catch(() => ''));
  // Hosted servers often forbid CONFIG.
  const save = await redis.config('GET', 'save').catch(() => null);
  return {
    product: info.has('valkey_version') ? 'Valkey' : 'Redis',
    version: info.get('valkey_version') ?? info.get('redis_version') ?? 'unknown',
    findings: [checkEviction(info), checkPersistence(info, save), checkMemory(info)],
  };
}

const WARNINGS_TIMEOUT_MS = 5_000;

/** A sentence for each failed check of a Redis, for the log at startup; none if it does not answer in 5 s. */
export const redisWarnings = (url: string): Promise<string[]> =>
  diagnoseRedis(url, WARNINGS_TIMEOUT_MS).then(warningsOf, () => []);

/** A sentence for each failed check. */
export const warningsOf = ({ findings }: RedisDiagnosis): string[] =>
  findings.filter(({ isOk }) => !isOk).map(({ name, found, advice }) => `Redis ${name}: ${found}; ${advice}`);

type Info = ReadonlyMap<string, string>;

const fieldsOf = (info: string): Info =>
  new Map([...info.matchAll(/^([a-z_]+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value]));

const NOT_STATED = 'not stated by the server';

function checkEviction(info: Info): RedisFinding {
  const name = 'maxmemory-policy';
  const policy = info.get('maxmemory_policy');
  if (policy === undefined)
    return { name, isOk: true, found: NOT_STATED, advice: 'make sure that it is noeviction' };
  if (policy === 'noeviction') return { name, isOk: true, found: policy };
  const found = `${policy}: Redis may delete jobs`;
  return { name, isOk: false, found, advice: 'set maxmemory-policy noeviction' };
}

const DISK_ADVICE = 'free space on the disk of Redis and check its log; until then it refuses writes';

function checkPersistence(info: Info, save: unknown): RedisFinding {
  const name = 'persistence';
  if (info.get('aof_enabled') === '1') {
    const isOk = info.get('aof_last_write_status') !== 'err';
    if (isOk) return { name, isOk, found: 'append-only file' };
    return { name, isOk, found: 'the append-only file cannot be written', advice: DISK_ADVICE };
  }
  if (!Array.isArray(save) || save.length < 2)
    return { name, isOk: true, found: NOT_STATED, advice: 'make sure that appendonly is yes' };
  const advice = 'set appendonly yes';
  if (save[1] === '') return { name, isOk: false, found: 'none: all jobs are lost when Redis stops', advice };
  if (info.get('rdb_last_bgsave_status') === 'err')
    return { name, isOk: false, found: 'the last snapshot could not be written', advice: DISK_ADVICE };
  return { name, isOk: true, found: 'snapshots: the latest jobs are lost when Redis crashes', advice };
}

/** Part of `maxmemory` above which Redis counts as almost full. */
const ALMOST_FULL = 0.9;

function checkMemory(info: Info): RedisFinding {
  const name = 'memory';
  const used = Number(info.get('used_memory') ?? Number.NaN);
  const max = Number(info.get('maxmemory') ?? Number.NaN);
  if (Number.isNaN(used) || Number.isNaN(max))
    return { name, isOk: true, found: NOT_STATED, advice: 'make sure that it is not full' };
  const megabytes = `${Math.ceil(used / 1e6)} MB used`;
  if (max === 0) {
    const advice = 'set maxmemory: without it, the system may end Redis when the machine is out of memory';
    return { name, isOk: true, found: `${megabytes}, maxmemory is not set`, advice };
  }
  const isOk = used < ALMOST_FULL * max;
  const found = `${megabytes}, ${Math.round((100 * used) / max)} % of maxmemory`;
  if (isOk) return { name, isOk, found };
  return {
    name,
    isOk,
    found,
    advice: 'raise maxmemory or lower JOB_RETENTION; a full Redis accepts no jobs',
  };
}

/** What prevents a Redis from serving this service, and what to do. Names no address and no password. */
export function adviceOn(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const known = CAUSES.find(([pattern]) => pattern.test(message));
  return known?.[1] ?? 'Redis does not answer. Start it, or correct REDIS_URL.';
}

const CAUSES: readonly (readonly [RegExp, string])[] = [
  [
    /^OOM\b/,
    'Redis is full and refuses writes. Raise its maxmemory, lower JOB_RETENTION, or delete finished jobs.',
  ],
  [
    /^MISCONF\b/,
    'Redis cannot write its data to disk and refuses writes. Free space on its disk, and check its log.',
  ],
  [/^READONLY\b/, 'Redis is a replica and refuses writes. Set REDIS_URL to the master.'],
  [/^NOREPLICAS\b/, 'Redis has too few replicas and refuses writes. Start its replicas.'],
  [/^LOADING\b/, 'Redis is loading its data. It answers when that is done.'],
  [/^(?:CLUSTERDOWN|MASTERDOWN|TRYAGAIN)\b/, 'Redis lacks a node. Start the nodes of the cluster.'],
  [/^BUSY\b/, 'Redis is busy with a script. It answers when that is done.'],
  [/^(?:NOAUTH|WRONGPASS)\b/, 'Redis rejects the password. Correct the user and password in REDIS_URL.'],
  [/^NOPERM\b/, 'The user of Redis lacks a permission. Give it the rights that docs/operations.md lists.'],
];
