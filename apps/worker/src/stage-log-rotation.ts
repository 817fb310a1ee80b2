import { randomBytes } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Renames a log to `<name>.<time>-<pid>-<8 hex digits>.txt` beside it and removes all but the newest `keep` of those.
 * The digits make the name unique among containers, whose process ids are alike: no rename ever replaces a file.
 * Two processes may do this at once: the second finds no file, which is fine, or renames the first one's new one.
 */
export async function rotate(dir: string, file: string, now: Date, keep: number): Promise<void> {
  const base = file.replace(/\.txt$/, '');
  const time = now.toISOString().replaceAll(':', '-');
  const name = `${base}.${time}-${process.pid}-${randomBytes(4).toString('hex')}.txt`;
  await rename(join(dir, file), join(dir, name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  const rotated = (await readdir(dir)).filter((each) => each.startsWith(`${base}.`) && ROTATED.test(each));
  const old = rotated.sort().slice(0, Math.max(rotated.length - keep, 0));
  await Promise.all(old.map((each) => rm(join(dir, each), { force: true })));
}

const ROTATED = /^\w+\.\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z-\d+-[0-9a-f]{8}\.txt$/;
