import { once } from 'node:events';
import { connectFailFast, lastErrorOf } from './connection.ts';

/** State of a Redis server as far as it tells. */
export interface RedisDiagnosis {
  readonly product: 'Redis' | 'Valkey';
  /** e.g. `7.2.4` */
  readonly version: string;
  /** `maxmemory-policy`; null if the server does not tell. */
  readonly evictionPolicy: string | null;
  /** `none` loses all jobs when the server stops. Null if the server does not tell. */
  readonly persistence: 'append-only file' | 'snapshots' | 'none' | null;
}

/** Connects to a Redis and reads its state. @throws Error with the reason if it does not answer within `timeoutMs` */
export async function diagnoseRedis(url: string, timeoutMs: number): Promise<RedisDiagnosis> {
  const redis = connectFailFast(url);
  try {
    await once(redis, 'ready', { signal: AbortSignal.timeout(timeoutMs) }).catch(() => {
      throw lastErrorOf(redis) ?? new Error(`no answer within ${timeoutMs / 1_000} s`);
    });
    // A user of Redis may lack the permission.
    const info = fieldsOf(await redis.info().catch(() => ''));
    return {
      product: info.has('valkey_version') ? 'Valkey' : 'Redis',
      version: info.get('valkey_version') ?? info.get('redis_version') ?? 'unknown',
      evictionPolicy: info.get('maxmemory_policy') ?? null,
      persistence: await persistenceOf(info, () => redis.config('GET', 'save')),
    };
  } finally {
    redis.disconnect();
  }
}

const fieldsOf = (info: string): ReadonlyMap<string, string> =>
  new Map([...info.matchAll(/^([a-z_]+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value]));

/** Hosted servers often forbid CONFIG. */
async function persistenceOf(
  info: ReadonlyMap<string, string>,
  readSave: () => Promise<unknown>,
): Promise<RedisDiagnosis['persistence']> {
  if (info.get('aof_enabled') === '1') return 'append-only file';
  const save = await readSave().catch(() => null);
  if (!Array.isArray(save) || save.length < 2) return null;
  return save[1] === '' ? 'none' : 'snapshots';
}
