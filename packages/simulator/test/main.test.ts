import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readFlags } from '../src/flags.ts';
import { ask } from './ask.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

function start(...flags: string[]) {
  const child = spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  return { child, [Symbol.dispose]: () => void child.kill('SIGKILL') };
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [data] = (await once(child.stdout!, 'data')) as [Buffer];
  return data.toString().trim();
}

describe('flags', () => {
  it.each([
    [['--fault', '{'], '--fault must be JSON'],
    [['--fault', '{"fault":{"kind":"flood"}}'], 'fault.kind'],
    [['--tokens-per-second', '-1'], '--tokens-per-second'],
    [['--keep-alive-ms', 'often'], '--keep-alive-ms must be a number'],
    [['--latency-ms='], '--latency-ms must be a number'],
    [['--colour'], "'--colour'"],
  ])('%j is wrong', (flags, message) => {
    expect(() => readFlags(flags)).toThrow(message);
  });

  it('have defaults', () => {
    expect(readFlags([])).toEqual({
      help: false,
      options: {
        port: 0,
        host: '127.0.0.1',
        latencyMs: 0,
        tokensPerSecond: 0,
        keepAliveCommentMs: 1000,
      },
      faults: [],
    });
  });
});

describe('the program', () => {
  it('ends with 2 and says which flag is wrong', async () => {
    using started = start('--port', 'x');
    const [stderr, [code]] = await Promise.all([text(started.child.stderr), once(started.child, 'exit')]);
    expect(stderr).toBe('--port must be a number, not "x"\n');
    expect(code).toBe(2);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('serves until %s, then ends with 0', async (signal) => {
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
    expect((await ask({ baseUrl }, { key: 'wrong' })).status).toBe(401);
    expect((await ask({ baseUrl }, { key: 'right', stage: 'classify' })).status).toBe(429);
    expect((await ask({ baseUrl }, { key: 'right' })).status).toBe(200);
    const hanging = expect(ask({ baseUrl }, { key: 'right' })).rejects.toThrow('fetch failed');
    started.child.kill(signal);
    const [code] = await once(started.child, 'exit');
    expect(code).toBe(0);
    await hanging;
  });
});
