import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOG_FILES } from '@codegen/pipeline';
import type { Fault, Scene } from './fault.ts';

export const logFull: Fault = {
  name: 'log-full',
  what: 'the disk of a worker’s stage logs is full',
  strike: (scene) =>
    instead(scene, async (path) => {
      await mkdir(path);
      for (const file of LOG_FILES) await symlink('/dev/full', join(path, file));
    }),
};

/** Permissions would not stop a worker that runs as root; something that is no folder stops everybody. */
export const logForbidden: Fault = {
  name: 'log-forbidden',
  what: 'the folder of a worker’s stage logs cannot be written to',
  strike: (scene) => instead(scene, (path) => writeFile(path, '')),
};

async function instead({ site, random, brief }: Scene, make: (path: string) => Promise<void>) {
  const restore = await site.logs(random.pick(site.workers)).replace(make);
  await sleep(brief ? 1_500 : 5_000);
  await restore();
}
