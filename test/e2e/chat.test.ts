import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '@codegen/simulator';
import { HAS_TERMINAL, startOnTerminal, type TerminalProgram } from '@codegen/testing/process/terminal';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { AMBIGUOUS, COMPLEX, SIMPLE } from './service.ts';

const GENERATE = 'apps/cli/src/generate/main.ts';
const HOSTILE = 'x = "\u001b[2J\u009b0m\u202e"';

let cwd: string;
let simulator: Simulator;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'codegen-chat-'));
  simulator = await startSimulator();
  const hang = { kind: 'hang' } as const;
  simulator.faults.add({ match: { stage: 'answer', contains: 'slow' }, fault: hang });
  simulator.faults.add({ match: { stage: 'compare', contains: 'endless' }, fault: hang });
  const text = `\`\`\`python\n${HOSTILE}\n\`\`\``;
  simulator.faults.add({ match: { stage: 'answer', contains: 'hostile' }, fault: { kind: 'text', text } });
});
afterAll(async () => {
  await simulator.close();
  await rm(cwd, { recursive: true, force: true });
});

const begin = (...args: readonly string[]) =>
  startOnTerminal(GENERATE, args, {
    cwd,
    env: {
      LOG_DIR: cwd,
      BASE_URL: simulator.baseUrl,
      MODEL: 'm',
      REDIS_URL: inject('redisUrl'),
      QUEUE_NAMESPACE: cwd.slice(-6),
    },
  });

const PROMPT = /(?:^|\n)> $/;

/** Types a line at the prompt and returns what the program answers, up to the next prompt. */
async function say(chat: TerminalProgram, line: string, until = PROMPT): Promise<string> {
  chat.type(`${line}\r`);
  const { input, index } = await chat.waitFor(until);
  return input.slice(0, index).replaceAll('\r', '');
}

describe.skipIf(!HAS_TERMINAL)('generate without a request on a terminal', () => {
  it('holds a conversation: a question, code, a change, its diff, its files', async () => {
    await using chat = begin();
    await chat.waitFor(PROMPT);
    expect(await say(chat, AMBIGUOUS, /answer> $/)).toMatch(/✓ clarify[\s\S]*\?/);
    const code = await say(chat, SIMPLE);
    expect(code).toContain('✓ answer');
    expect(code).toContain('def reverse_string');

    const change = await say(chat, 'Rename the function to backwards');
    expect(change).toMatch(/main\.py \(modified\)\n@@[\s\S]*\n-.*\n\+/);
    expect(await say(chat, '/diff')).toMatch(/\n-.*\n\+/);
    // Added lines are green, removed ones red.
    expect(chat.output().replaceAll('\u001b', 'ESC')).toMatch(/ESC\[31m-.*ESC\[39m\r\nESC\[32m\+/);

    expect(await say(chat, '/save out')).toContain('Wrote main.py in out.');
    expect(await readFile(join(cwd, 'out/main.py'), 'utf8')).toContain('def ');
    await writeFile(join(cwd, 'out/main.py'), 'mine');
    expect(await say(chat, '/save out')).toContain('use --force');
    expect(await say(chat, '/save out --force')).toContain('Wrote main.py');

    expect(await say(chat, '/cost')).toMatch(/simulated \$0\.\d+ for 3 jobs/);
    expect(await say(chat, '/new')).toContain('A new conversation.');
    expect(await say(chat, '/diff')).toContain('There is no code yet.');
    expect(await say(chat, '/nope')).toContain('There is no command /nope');
    chat.type('\u0004');
    expect(await chat.ended).toBe(0);
  });

  it('cancels a job on Ctrl-C, takes its code on /accept, and shows control characters by name', async () => {
    await using chat = begin();
    await chat.waitFor(PROMPT);
    chat.type(`${SIMPLE}, slow\r`);
    await chat.waitFor(/▸ answer/);
    chat.type('/accept\r');
    await chat.waitFor(/The job has no code yet\./);
    chat.type('\u0003');
    const { input } = await chat.waitFor(PROMPT);
    expect(input).toMatch(/cancelled job [\da-f-]{36} after 2 model calls: simulated \$0\.\d+/);

    chat.type(`${COMPLEX}, endless\r`);
    await chat.waitFor(/▸ compare/);
    chat.type('/accept\r');
    expect((await chat.waitFor(PROMPT)).input).toMatch(/completed in/);

    await say(chat, `${SIMPLE}, hostile`);
    expect(chat.output()).toContain('x = "\\x1b[2J\\x9b0m\\u202e"');
    expect(chat.output()).not.toContain(HOSTILE);
    // Ctrl-C at an empty prompt leaves.
    chat.type('\u0003');
    expect(await chat.ended).toBe(0);
  });
});
