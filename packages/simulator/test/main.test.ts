import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../src/command-line.ts';
import { complete } from './client.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

function start(...flags: string[]) {
  const child = spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  return { child, [Symbol.dispose]: () => void child.kill('SIGKILL') };
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [data] = (await once(child.stdout!, 'data')) as [Buffer];
  return data.toString().trim();
}

describe('command line', () => {
  it.each([
    [['--fault', '{'], '--fault must be JSON'],
    [['--fault', '{"fault":{"kind":"flood"}}'], 'fault.kind'],
    [['--tokens-per-second', '-1'], '--tokens-per-second'],
    [['--keep-alive-ms', 'often'], '--keep-alive-ms must be a number'],
    [['--latency-ms='], '--latency-ms must be a number'],
    [
      ['--as', 'openai'],
      '--as must be one of openrouter, ollama, lmstudio, vllm, llamacpp, azure, gemini, groq',
    ],
    [['--refuse', 'user'], '--refuse must be one of system, stream'],
    [['--latncy-ms', '1'], 'unknown option --latncy-ms; did you mean --latency-ms?'],
  ])('rejects %j', (flags, message) => {
    expect(() => readCommandLine(flags)).toThrow(message);
  });

  it('has defaults', () => {
    expect(readCommandLine([])).toEqual({
      help: false,
      options: {
        port: 0,
        host: '127.0.0.1',
        latencyMs: 300,
        tokensPerSecond: 80,
        maxWritingMs: 3_000,
        refuses: [],
        keepAliveCommentMs: 1000,
      },
      faults: [],
    });
  });
});

it.each([
  [['--fast'], { latencyMs: 0, tokensPerSecond: 0 }],
  [['--latency-ms', '5'], { latencyMs: 5, tokensPerSecond: 0 }],
  [['--fast', '--tokens-per-second', '7'], { latencyMs: 0, tokensPerSecond: 7 }],
])('reads the pace of %j', (flags, pace) => {
  const { latencyMs, tokensPerSecond } = readCommandLine(flags).options;
  expect({ latencyMs, tokensPerSecond }).toEqual(pace);
});

describe('the program', () => {
  it('exits with 2, names the invalid flag and prints the usage', async () => {
    using started = start('--port', 'x');
    const [stderr, [code]] = await Promise.all([text(started.child.stderr), once(started.child, 'exit')]);
    expect(stderr).toMatch(/^--port must be a number, not "x"\n\nUsage: /);
    expect(code).toBe(2);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('serves until %s, then exits with 0', async (signal) => {
    const rule = '{"match":{"stage":"classify"},"fault":{"kind":"rate-limit"}}';
    using started = start(
      '--api-key',
      'right',
      '--fault',
      rule,
      '--fault',
      '{"fault":{"kind":"hang"},"skip":1}',
    );
    const baseUrl = await firstLine(started.child);
    expect(baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
    expect((await complete({ baseUrl }, { key: 'wrong' })).status).toBe(401);
    expect((await complete({ baseUrl }, { key: 'right', stage: 'classify' })).status).toBe(429);
    expect((await complete({ baseUrl }, { key: 'right' })).status).toBe(200);
    const hanging = expect(complete({ baseUrl }, { key: 'right' })).rejects.toThrow('fetch failed');
    started.child.kill(signal);
    const [code] = await once(started.child, 'exit');
    expect(code).toBe(0);
    await hanging;
  });
});
