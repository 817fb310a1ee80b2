import { constants } from 'node:fs';
import { access, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { diagnoseRedis, type RedisFinding } from '@codegen/queue';
import type { LocalOptions } from '../config.ts';
import { findRedisServer } from '../redis.ts';
import { assertPortFree } from '../system.ts';
import { type Check, fail, pass } from './check.ts';

const TIMEOUT_MS = 5_000;
const MIN_REDIS = 7;

/** Checks the Redis at `REDIS_URL`, or which one `npm start` would run. */
export async function checkRedis({ redisUrl, path }: LocalOptions): Promise<readonly Check[]> {
  if (redisUrl === null) return [await checkOwnRedis(path)];
  const place = withoutPassword(redisUrl);
  try {
    const { product, version, findings } = await diagnoseRedis(redisUrl, TIMEOUT_MS);
    const isOld = product === 'Redis' && Number.parseInt(version, 10) < MIN_REDIS;
    return [
      isOld
        ? fail('Redis', `${product} ${version} at ${place}`, `use Redis ${MIN_REDIS} or newer, or Valkey`)
        : pass('Redis', `${product} ${version} at ${place}`),
      ...findings.map(checkOf),
    ];
  } catch (error) {
    return [fail('Redis', `${place} does not answer: ${messageOf(error)}`, 'start it, or correct REDIS_URL')];
  }
}

async function checkOwnRedis(path: string): Promise<Check> {
  const binary = await findRedisServer(path);
  if (binary !== null) return pass('Redis', `REDIS_URL is not set; npm start runs ${binary}`);
  return pass(
    'Redis',
    'REDIS_URL is not set, and there is no redis-server; npm start uses an embedded one',
    'it is slow and loses its data on exit; install redis-server or valkey-server',
  );
}

const checkOf = ({ name, isOk, found, advice }: RedisFinding): Check => ({
  name: `Redis ${name}`,
  ok: isOk,
  found,
  ...(advice !== undefined && { advice }),
});

const withoutPassword = (url: string) => url.replace(/\/\/[^@/]*@/, '//…@');

/**
 * Checks the folder of the stage logs without creating it. The nearest existing folder is checked instead: Node's
 * recursive `mkdir` never ends in a file system without folders, such as `/proc`.
 */
export async function checkLogFolder(dir: string): Promise<Check> {
  const name = 'log folder';
  const folder = resolve(dir);
  const existing = await nearestFolder(folder);
  try {
    if (existing === folder) {
      const file = join(folder, `.doctor-${process.pid}`);
      await writeFile(file, '');
      await rm(file);
      return pass(name, `${folder} is writable`);
    }
    if (!(await stat(existing)).isDirectory()) throw new Error(`${existing} is not a folder`);
    await access(existing, constants.W_OK);
    return pass(name, `${folder} can be created`);
  } catch (error) {
    return fail(
      name,
      `${folder} is not writable: ${messageOf(error)}`,
      'set LOG_DIR to a folder that this user can write',
    );
  }
}

async function nearestFolder(path: string): Promise<string> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  return exists || dirname(path) === path ? path : nearestFolder(dirname(path));
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** A port that this service listens on already is in order. */
export async function checkPort(port: number, host: string): Promise<Check> {
  const place = `${host}:${port}`;
  if (port === 0) return pass('port', 'any free one');
  try {
    await assertPortFree(port, host);
    return pass('port', `${place} is free`);
  } catch (error) {
    if (await isOwnService(port, host))
      return pass('port', `${place} is used by a running service of this kind`);
    return fail('port', `${place} is not free`, messageOf(error));
  }
}

async function isOwnService(port: number, host: string): Promise<boolean> {
  try {
    const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
    const response = await fetch(`http://${name.includes(':') ? `[${name}]` : name}:${port}/readyz`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return 'workers' in ((await response.json()) as object);
  } catch {
    return false;
  }
}
