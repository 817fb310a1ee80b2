import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';

/**
 * A process that is killed leaves what it wrote with the kernel, so nothing is lost. A machine without power loses what
 * was not written through: with `everysec` the last second, which is cut off here. With `always` there is nothing to cut.
 */
export const powerCut: Fault = {
  name: 'power-cut',
  what: 'kill -9 of Redis, and the end of its append-only file is lost as far as it was not written through',
  where: 'single',
  async strike({ site, ledger }) {
    const { unit, files } = await site.store.master();
    const file = join(files, await newest(files));
    const { size } = await stat(file);
    const loses = site.store.fsync === 'everysec';
    const lost = loses ? ledger.incident('loss', unit.name) : () => {};
    await sleep(1_000);
    const over = ledger.incident('away', unit.name);
    await unit.kill();
    if (loses) await truncate(file, size);
    await unit.start();
    over();
    lost();
  },
};

async function newest(dir: string): Promise<string> {
  const numbers = (await readdir(dir)).flatMap((name) => /\.(\d+)\.incr\.aof$/.exec(name)?.[1] ?? []);
  return `appendonly.aof.${Math.max(...numbers.map(Number))}.incr.aof`;
}
