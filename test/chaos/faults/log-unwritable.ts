import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOG_FILES } from '@codegen/pipeline';
import type { Fault, Scene } from './fault.ts';

export const logFull: Fault = {
  name: 'log-full',
  what: 'the disk of a worker’s stage logs is full',
  strike: (scene) =>
    instead(scene, async (dir) => {
      await mkdir(dir);
      for (const file of LOG_FILES) await symlink('/dev/full', join(dir, file));
    }),
};

/** Permissions would not stop a worker that runs as root; something that is no folder stops everybody. */
export const logForbidden: Fault = {
  name: 'log-forbidden',
  what: 'the folder of a worker’s stage logs cannot be written to',
  strike: (scene) => instead(scene, (dir) => writeFile(dir, '')),
};

async function instead({ site, random, brief }: Scene, make: (dir: string) => Promise<void>) {
  const dir = site.logDir(random.pick(site.workers));
  const aside = `${dir}.aside`;
  await mkdir(dir, { recursive: true });
  await rename(dir, aside);
  await make(dir);
  await sleep(brief ? 1_500 : 5_000);
  await rm(dir, { recursive: true });
  await rename(aside, dir);
}
