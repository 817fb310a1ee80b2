import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SimulatorOptions, startSimulator } from '@codegen/simulator';
import { freePort } from '@codegen/testing/network/free-port';
import { describeWithServers } from '@codegen/testing/network/programs';
import { start } from '@codegen/testing/process/program';
import { HANG_MS } from '@codegen/testing/timeouts';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'codegen-doctor-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Runs `npm run doctor` with only these settings. */
async function doctor(env: Record<string, string>) {
  const port = String(await freePort());
  await using program = start('apps/cli/src/doctor/main.ts', [], { LOG_DIR: dir, PORT: port, ...env });
  const code = await program.ended;
  return { code, lines: program.stdout().split('\n'), stderr: program.stderr() };
}

const models = (options: SimulatorOptions) => startSimulator(options);

const ok = (text: string) => expect.stringMatching(new RegExp(`^✓ ${text}`));
const wrong = (text: string) => expect.stringMatching(new RegExp(`^✗ ${text}`));

describeWithServers('npm run doctor', ({ server }) => {
  async function startServer(...args: readonly string[]) {
    const port = await freePort();
    const all = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', ...args];
    const child: ChildProcess = spawn(server, all, { stdio: 'ignore' });
    const connects = () =>
      new Promise<boolean>((resolve) => {
        const socket = createConnection(port, '127.0.0.1');
        socket.once('connect', () => resolve(socket.end() !== null));
        socket.once('error', () => resolve(false));
      });
    await vi.waitUntil(connects, { timeout: HANG_MS });
    return { url: `redis://127.0.0.1:${port}`, [Symbol.dispose]: () => void child.kill('SIGKILL') };
  }

  it('exits with 0 when everything is in order', async () => {
    using redis = await startServer('--appendonly', 'yes');
    await using local = await models({ as: 'ollama' });
    await using hosted = await models({ as: 'groq', apiKey: 'right' });
    await using azure = await models({ as: 'azure', apiKey: 'right' });
    const { code, lines } = await doctor({
      REDIS_URL: redis.url,
      BASE_URL: local.baseUrl,
      MODEL: 'qwen3-coder',
      MODEL_CLASSIFIER_BASE_URL: azure.baseUrl,
      MODEL_CLASSIFIER_HEADERS: '{"api-key": "right"}',
      MODEL_CLASSIFIER: 'gpt-4.1',
      MODEL_REVIEWER_BASE_URL: hosted.baseUrl,
      MODEL_REVIEWER_API_KEY: 'right',
      MODEL_REVIEWER: 'openai/gpt-oss-120b',
    });
    expect(lines).toEqual([
      ok('configuration: the settings are valid'),
      ok(`Redis: (Redis|Valkey) \\d+\\.\\d+\\.\\d+ at ${redis.url}`),
      ok('Redis maxmemory-policy: noeviction'),
      ok('Redis persistence: append-only file'),
      ok('Redis memory: \\d+ MB used, maxmemory is not set'),
      expect.stringMatching(/^ {4}→ set maxmemory/),
      ok(`model server: ${azure.baseUrl} answers with the headers in MODEL_CLASSIFIER_HEADERS`),
      ok('model of classifier: gpt-4.1 answers'),
      expect.stringMatching(/^ {4}→ make sure/),
      ok(`model server: ${local.baseUrl} answers without a key and has 2 models`),
      ok(
        'model of interpreter, generator, instructTuned: qwen3-coder answers in \\d\\.\\d s; structured output: yes; context length: not stated',
      ),
      expect.stringMatching(/^ {4}→ .*OLLAMA_CONTEXT_LENGTH/),
      ok(`model server: ${hosted.baseUrl} answers with the key in MODEL_REVIEWER_API_KEY`),
      ok('model of reviewer: openai/gpt-oss-120b .*context length: 131,072 tokens'),
      ok('log folder: '),
      ok('port: 127\\.0\\.0\\.1:\\d+ is free'),
      '',
      'All in order.',
      '',
    ]);
    expect(code).toBe(0);
  });

  it('exits with 1 and names what to do about Redis, a dead model server and a taken port', async () => {
    using redis = await startServer('--appendonly', 'no', '--maxmemory-policy', 'allkeys-lru');
    await using other = await models({});
    const { code, lines } = await doctor({
      REDIS_URL: redis.url,
      BASE_URL: 'http://127.0.0.1:9/v1',
      MODEL: 'x',
      PORT: String(other.port),
    });
    expect(lines).toEqual([
      ok('configuration'),
      ok('Redis: '),
      wrong('Redis maxmemory-policy: allkeys-lru'),
      '    → set maxmemory-policy noeviction',
      wrong('Redis persistence: none'),
      '    → set appendonly yes',
      ok('Redis memory'),
      expect.stringMatching(/^ {4}→ set maxmemory/),
      wrong(
        'model server: .* http://127\\.0\\.0\\.1:9/v1 does not answer: ECONNREFUSED\\. Nothing listens there.*BASE_URL',
      ),
      '    → start the server, or correct BASE_URL',
      ok('log folder'),
      wrong(`port: 127\\.0\\.0\\.1:${other.port} is not free`),
      expect.stringMatching(/^ {4}→ .*set PORT to another one$/),
      '',
      '4 to mend, see ✗.',
      '',
    ]);
    expect(code).toBe(1);
  });
});

describe('npm run doctor', () => {
  it('exits with 1 when Redis is dead, the key is wrong and the log folder is a file', async () => {
    await using hosted = await models({ as: 'gemini', apiKey: 'right' });
    const file = join(dir, 'file');
    await writeFile(file, '');
    const { code, lines } = await doctor({
      REDIS_URL: 'redis://:secret@127.0.0.1:9',
      BASE_URL: hosted.baseUrl,
      MODEL: 'gemini-2.5-flash',
      MODEL_API_KEY: 'wrong',
      LOG_DIR: join(file, 'logs'),
    });
    expect(lines).toEqual([
      ok('configuration'),
      wrong('Redis: redis://…@127\\.0\\.0\\.1:9 does not answer: connect ECONNREFUSED'),
      '    → start it, or correct REDIS_URL',
      wrong('model server: .*rejects the key; check MODEL_API_KEY\\. It says: API key not valid'),
      '    → set MODEL_API_KEY to a valid key of this server',
      wrong('log folder: .* is not a folder'),
      '    → set LOG_DIR to a folder that this user can write',
      ok('port'),
      '',
      '3 to mend, see ✗.',
      '',
    ]);
    expect(code).toBe(1);
  });

  it('exits with 1 and lists the models of the server when none or an unknown one is set', async () => {
    await using local = await models({ as: 'lmstudio' });
    const { code, lines } = await doctor({
      REDIS_URL: inject('redisUrl'),
      BASE_URL: local.baseUrl,
      MODEL_GENERATOR: 'nope',
    });
    expect(lines.filter((line) => line.startsWith('✗ model'))).toEqual([
      wrong('model of classifier, interpreter, instructTuned, reviewer: MODEL not set'),
      wrong('model of generator: nope fails: 400 Invalid model identifier "nope"'),
    ]);
    expect(lines).toContain('    → set MODEL to one of: qwen/qwen3-coder-30b, google/gemma-3-12b');
    expect(code).toBe(1);
  });

  it('exits with 1 and names the variable of an invalid setting', async () => {
    const { code, lines } = await doctor({ MODEL_HEADERS: '{"api-key"' });
    expect(lines[0]).toBe(
      '✗ configuration: MODEL_HEADERS is not valid; it must be a JSON object such as {"api-key": "…"}',
    );
    expect(code).toBe(1);
  });
});
