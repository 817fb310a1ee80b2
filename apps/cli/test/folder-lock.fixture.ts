import { once } from 'node:events';
import { join } from 'node:path';
import { lockFolder } from '../src/folder-lock.ts';

/** Locks each of the folders named after the first argument when it gets a line on stdin, and prints those that it locked. */
const [, , dir = '', ...names] = process.argv;
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const locks: unknown[] = [];
for (const name of names) {
  try {
    locks.push(await lockFolder(join(dir, name)));
    process.stdout.write(`locked ${name}\n`);
  } catch (error) {
    process.stdout.write(`${(error as Error).message}\n`);
  }
}
process.stdout.write('done\n');
await once(process.stdin, 'end');
process.stdout.write(`held ${locks.length}\n`);
