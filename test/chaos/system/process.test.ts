import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createProcess } from './process.ts';

async function create(program: string) {
  const dir = await mkdtemp(join(tmpdir(), 'codegen-process-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const ready = (output: string) => output.includes('ready');
  return createProcess({ name: 'node', program: process.execPath, args: ['-e', program], dir, ready });
}

test('a process is ready however much it prints before', async () => {
  await using child = await create(`
    for (let n = 0; n < 50; n++) console.log('x'.repeat(1_000));
    setTimeout(() => console.log('ready'), 200);
    setInterval(() => {}, 1_000);
  `);
  await child.start();
  expect(child.run().endedAt).toBeNull();
});

test('a process that ends before it is ready rejects its start with its output', async () => {
  await using child = await create(`console.error('no Redis'); process.exitCode = 3;`);
  await expect(child.start()).rejects.toThrow('node ended with 3:\nno Redis');
});
