import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Simulator, startSimulator } from '@codegen/simulator';
import { start } from '@codegen/testing/process/program';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { CORPUS } from './corpus.ts';

const GENERATE = 'apps/cli/src/generate/main.ts';

/** The corpus without code fences, which would end the code block. */
const CODE =
  `# é 😀\n${CORPUS.map(({ text }) => text.replaceAll('```', '``').replaceAll('~~~', '~~').trim()).join('\n')}\nend`
    .replace(/\r+\n/g, '\n')
    .toWellFormed();
const MODEL = 'm\u001b[2J\u009b\u202e/x';

let simulator: Simulator;
let env: Record<string, string>;
beforeAll(async () => {
  simulator = await startSimulator();
  simulator.faults.add({ match: { stage: 'classify' }, fault: { kind: 'text', text: 'simple' } });
  simulator.faults.add({
    match: { stage: 'answer', contains: 'write it' },
    fault: { kind: 'text', text: `\`\`\`\n${CODE}\n\`\`\`` },
  });
  const LOG_DIR = await mkdtemp(join(tmpdir(), 'codegen-logs-'));
  env = {
    LOG_DIR,
    REDIS_URL: inject('redisUrl'),
    QUEUE_NAMESPACE: LOG_DIR.slice(-6),
    BASE_URL: simulator.baseUrl,
    MODEL_INSTRUCT_TUNED: MODEL,
    MODEL_TRIES: '1',
  };
});
afterAll(async () => {
  await simulator.close();
  await rm(env.LOG_DIR ?? '', { recursive: true, force: true });
});

const STEERS = /[^\P{Cc}\t\n]|[\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}]/u;

test('a pipe receives the code byte for byte and a line feed; stderr has no control characters', async () => {
  await using program = start(GENERATE, ['write it'], env);
  expect(program.child.stdout).not.toBeNull();
  const [written] = await Promise.all([buffer(program.child.stdout as NodeJS.ReadableStream), program.ended]);
  expect(program.stderr()).toMatch(/▸ answer {2}m\\x1b/);
  expect(written.toString()).toBe(`${CODE}\n`);
  expect(program.stderr()).not.toMatch(STEERS);
});

test('failure messages have no control characters', async () => {
  simulator.faults.add({
    match: { stage: 'answer', contains: 'fail' },
    fault: { kind: 'text', text: '\u001b[2J\u009b\u202e' },
  });
  await using program = start(GENERATE, ['fail \u202e please'], env);
  expect(await program.ended).toBe(1);
  expect(program.stdout()).toBe('');
  expect(program.stderr()).toMatch(/✗ answer/);
  expect(program.stderr()).not.toMatch(STEERS);
});

/** `script` of util-linux runs a program in a pseudo-terminal. */
const SCRIPT = '/usr/bin/script';

test.skipIf(process.platform !== 'linux' || !existsSync(SCRIPT))(
  'a terminal receives the code with control characters escaped',
  async () => {
    const [node, main] = [process.execPath, join(import.meta.dirname, '../..', GENERATE)];
    const command = `"${node}" "${main}" "write it"`;
    const child = spawn(SCRIPT, ['-qec', command, '/dev/null'], {
      env: { PATH: process.env.PATH, TERM: 'xterm', ...env },
      cwd: tmpdir(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [shown, [code]] = await Promise.all([buffer(child.stdout), once(child, 'close')]);
    expect(code).toBe(0);
    // Removes the carriage returns that the terminal adds and the command's own erasing of the status line.
    const text = shown.toString().replaceAll('\r\u001b[J', '').replaceAll('\r\n', '\n');
    expect(text).toContain('\\x1b[2J');
    expect(text).toContain('\\u202e');
    expect(text).toContain('# é 😀');
    expect(text).not.toMatch(STEERS);
  },
);
