import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type FaultRule, type SimulatorOptions, startSimulator } from '@codegen/simulator';
import { type Program, start } from '@codegen/testing/process/program';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { AMBIGUOUS, COMPLEX, SIMPLE, startService } from './service.ts';

const run = promisify(execFile);
const GENERATE = 'apps/cli/src/generate/main.ts';
/** A command that waits for a server or repeats a call takes longer, in ms. A start takes seconds on a loaded machine. */
const MAX_MS = 30_000;

let logDir: string;
beforeEach(async () => {
  logDir = await mkdtemp(join(tmpdir(), 'codegen-logs-'));
});
afterEach(() => rm(logDir, { recursive: true, force: true }));

const begin = (args: readonly string[], env: Record<string, string> = {}) =>
  start(GENERATE, ['--fast', ...args], { LOG_DIR: logDir, MODEL_RETRY_MS: '5', ...env });

const outcome = async (program: Program) => ({
  code: await program.ended,
  stdout: program.stdout(),
  stderr: program.stderr(),
});

const generate = async (query: string, env: Record<string, string> = {}, ...options: readonly string[]) => {
  await using program = begin([query, ...options], env);
  return await outcome(program);
};

/** Starts a simulator with these fault rules. */
async function startModels(faults: readonly FaultRule[], options: SimulatorOptions = {}) {
  const simulator = await startSimulator(options);
  for (const fault of faults) simulator.faults.add(fault);
  return simulator;
}

describe('npm run generate', () => {
  it('exits with 2 and names the variable when a setting is invalid', async () => {
    const { code, stdout, stderr } = await generate(SIMPLE, { MODEL_TRIES: 'many' });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe('MODEL_TRIES is "many"; it must be a whole number from 1 to 20\n');
  });

  it('exits with 2, suggests the option and prints the usage when an option is unknown', async () => {
    const { code, stdout, stderr } = await generate(SIMPLE, {}, '--jsn');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^unknown option --jsn; did you mean --json\?\n\nUsage: /);
  });

  it('exits with 1 and names the address when no model server answers', async () => {
    const startedAt = performance.now();
    const { code, stdout, stderr } = await generate(SIMPLE, {
      BASE_URL: 'http://127.0.0.1:9/v1',
      MODEL: 'x',
    });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      'The model server at http://127.0.0.1:9/v1 does not answer: ECONNREFUSED. Nothing listens there. Is the server running? In a container, localhost is the container itself. The address is in BASE_URL.\n',
    );
    expect(performance.now() - startedAt).toBeLessThan(MAX_MS);
  });

  it('exits with 1 and prints one sentence, no JSON, when the model server rejects the key', async () => {
    await using models = await startModels([{ fault: { kind: 'bad-key' } }]);
    const { code, stderr } = await generate(SIMPLE, {
      BASE_URL: models.baseUrl,
      MODEL_API_KEY: 'wrong-key-1',
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/rejected the API key: Simulated: no such key\nCheck MODEL_API_KEY\.\n$/);
    expect(stderr).not.toContain('{"');
  });

  it('exits with 1 and one sentence when the Redis at REDIS_URL does not answer', async () => {
    const { code, stderr } = await generate(SIMPLE, { REDIS_URL: 'redis://127.0.0.1:9' });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /\nthe Redis at REDIS_URL does not answer: connect ECONNREFUSED 127\.0\.0\.1:9; npm run doctor says more\n$/,
    );
  });

  it('exits with 1 when the service at CODEGEN_URL does not answer', async () => {
    const { code, stderr } = await generate(SIMPLE, { CODEGEN_URL: 'http://127.0.0.1:9' });
    const advice = 'start it, or correct CODEGEN_URL';
    expect([code, stderr]).toEqual([1, `the service at http://127.0.0.1:9 does not answer: ${advice}\n`]);
  });

  it('exits with 1 and names CODEGEN_API_KEY when the service requires a key', async () => {
    const hash = createHash('sha256').update('secret').digest('hex');
    await using service = await startService({ workers: 1, env: { API_KEYS: `me:${hash}` } });
    const refused = await generate(SIMPLE, { CODEGEN_URL: service.url });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/CODEGEN_API_KEY/);
    const served = await generate(SIMPLE, { CODEGEN_URL: service.url, CODEGEN_API_KEY: 'secret' });
    expect(served.code).toBe(0);
  });

  it('exits with 0 and no error when stdout is closed early', async () => {
    await using program = begin([SIMPLE]);
    program.child.stdout?.destroy();
    const { code, stderr } = await outcome(program);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^completed in /m);
    expect(stderr).not.toMatch(/EPIPE|^ {4}at /m);
  });

  it('exits within 3 s after the code was printed when it runs the embedded Redis', async () => {
    await using program = start(GENERATE, ['--fast', SIMPLE], { LOG_DIR: logDir, PATH: '' });
    await program.waitForOutput(/Simulated answer/);
    const printedAt = performance.now();
    expect(await program.ended).toBe(0);
    expect(performance.now() - printedAt).toBeLessThan(3_000);
  });

  it('exits with 3 and prints a question when the request is ambiguous', async () => {
    const { code, stdout, stderr } = await generate(AMBIGUOUS);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain('?');
  });

  it.each([
    [SIMPLE, ['classify', 'answer']],
    [COMPLEX, ['classify', 'interpret', 'generate.direct', 'enhance.interpreted', 'compare', 'polish']],
  ])('prints only the code to stdout and every stage to stderr: %s', async (query, stages) => {
    const { code, stdout, stderr } = await generate(query);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^(?:#|\/\/) Simulated answer/);
    expect(stdout).not.toContain('```');
    expect(stderr).toContain('SIMULATED');
    for (const stage of stages) {
      expect(stderr).toMatch(new RegExp(`▸ ${stage} `));
      expect(stderr).toMatch(new RegExp(`✓ ${stage}  simulated/\\S+  \\d+\\.\\d+ s`));
    }
  });
});

describe('npm run generate, while the job runs,', () => {
  it('prints retries with their reason, and degraded stages with their consequence', async () => {
    await using models = await startModels([
      { match: { stage: 'classify' }, fault: { kind: 'status', status: 503 }, times: 1 },
      { match: { stage: 'enhance.direct' }, fault: { kind: 'refusal' } },
    ]);
    const { code, stderr } = await generate(COMPLEX, { BASE_URL: models.baseUrl });
    expect(code).toBe(0);
    const lines = stderr.split('\n');
    const about = (stage: string) => lines.filter((line) => line.split(/[ :]+/)[1] === stage);
    expect(about('classify')).toEqual([
      expect.stringMatching(/^▸ classify {2}mistral/),
      expect.stringMatching(/^↻ classify {2}.*503/),
      expect.stringMatching(/^↻ classify {2}attempt 2 {2}mistral/),
      expect.stringMatching(/^✓ classify {2}simulated\/mistral\S+ {2}\d+\.\d\d s$/),
    ]);
    expect(about('enhance.direct').slice(-2)).toEqual([
      expect.stringMatching(/^✗ enhance\.direct {2}.* s {2}\S/),
      expect.stringMatching(/^! enhance\.direct: \S.*; the draft was used unimproved$/),
    ]);
    expect(lines).toContain('  route: complex');
    expect(lines).toContainEqual(expect.stringMatching(/^completed in \d+\.\d\d s, simulated \$\d/));
  });

  it('prints the job as JSON with --json, whether it completed, was ambiguous or failed', async () => {
    const { code, stdout } = await generate(SIMPLE, {}, '--json');
    const job = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(job).toMatchObject({ status: 'completed', query: SIMPLE, simulated: true });
    expect(job.stages.map(({ name }: { name: string }) => name)).toEqual(['classify', 'answer']);
    const ambiguous = await generate(AMBIGUOUS, {}, '--json');
    expect([ambiguous.code, JSON.parse(ambiguous.stdout).result.ambiguous]).toEqual([3, true]);
    await using models = await startModels([{ match: { stage: 'answer' }, fault: { kind: 'bad-request' } }]);
    const lost = await generate(SIMPLE, { BASE_URL: models.baseUrl }, '--json');
    expect([lost.code, JSON.parse(lost.stdout).status]).toEqual([1, 'failed']);
  });

  it('cancels the job of a running service on Ctrl-C', async () => {
    const faults = [{ match: { stage: 'answer' }, fault: { kind: 'hang' } }] as const;
    await using service = await startService({ workers: 1, faults });
    await using program = begin([SIMPLE], { CODEGEN_URL: service.url });
    await program.waitForOutput(/▸ answer/);
    program.child.kill('SIGINT');
    const { code, stdout } = await outcome(program);
    expect([code, stdout]).toEqual([130, '']);
    const statuses = async () => {
      const { jobs } = (await (await service.get('/jobs')).json()) as { jobs: { status: string }[] };
      return jobs.map(({ status }) => status);
    };
    await expect.poll(statuses).toEqual(['cancelled']);
  });

  it.each([
    ['Ctrl-C', 'SIGINT'],
    ['the end of its terminal', 'SIGHUP'],
  ] as const)('stops everything it started on %s', async (_, signal) => {
    await using models = await startModels([{ match: { stage: 'answer' }, fault: { kind: 'hang' } }]);
    await using program = begin([SIMPLE], { BASE_URL: models.baseUrl });
    await program.waitForOutput(/▸ answer/);
    program.child.kill(signal);
    expect(await program.ended).toBe(130);
    expect(models.calls().at(-1)).toMatchObject({ stage: 'answer', status: 'aborted' });
  });
});

describe.each([
  ['npm start', 'apps/cli/src/start/main.ts'],
  ['npm run generate', GENERATE],
  ['npm run worker', 'apps/worker/src/main.ts'],
])('%s', (_, entry) => {
  it.each([
    [
      'lists the models when BASE_URL is set and MODEL is not',
      '',
      /^BASE_URL is set, but MODEL is not\. Set MODEL to one of the models at http:\S+\/v1, e\.g\. MODEL=qwen3-coder:latest:\n {2}qwen3-coder:latest\n {2}llama3\.2:3b\n$/,
    ],
    [
      'says that BASE_URL lacks /v1',
      '/v1',
      /^The server at \S+ answers 404 at \/models; set BASE_URL=http:\S+\/v1\.\n$/,
    ],
  ])('%s, and exits with 2 without waiting', async (_, suffix, message) => {
    await using models = await startModels([], { as: 'ollama' });
    const env = {
      BASE_URL: models.baseUrl.slice(0, models.baseUrl.length - suffix.length),
      PORT: '0',
      LOG_DIR: logDir,
      REDIS_URL: inject('redisUrl'),
    };
    const startedAt = performance.now();
    await using program = start(entry, entry === GENERATE ? [SIMPLE] : [], env);
    const { code, stderr } = await outcome(program);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(performance.now() - startedAt).toBeLessThan(MAX_MS);
  });
});

describe('npm start', () => {
  it('starts and warns when the model server does not answer', async () => {
    const env = { BASE_URL: 'http://127.0.0.1:9/v1', MODEL: 'x', PORT: '0', LOG_DIR: logDir };
    await using program = start('apps/cli/src/start/main.ts', [], env);
    await program.waitForOutput(
      /! The model server at http:\/\/127\.0\.0\.1:9\/v1 does not answer: ECONNREFUSED\. Nothing listens there/,
    );
  });

  it('exits with 1 when the port is taken', async () => {
    await using first = start('apps/cli/src/start/main.ts', ['--fast'], { PORT: '0', LOG_DIR: logDir });
    const [, port = ''] = await first.waitForOutput(/up at http:\S+:(\d+)/);
    await using second = start('apps/cli/src/start/main.ts', ['--fast'], { PORT: port, LOG_DIR: logDir });
    expect(await second.ended).toBe(1);
    expect(second.stderr()).toContain(
      `cannot listen on 127.0.0.1:${port}: stop the program that uses it or set PORT`,
    );
  });

  it('prints a curl command that works, marks simulated answers, and stops on Ctrl-C', async () => {
    await using program = start('apps/cli/src/start/main.ts', ['--fast'], { PORT: '0', LOG_DIR: logDir });
    const [, line = ''] = await program.waitForOutput(/^ +(curl .*)$/m);
    expect(program.stdout()).toContain('SIMULATED');
    const { stdout } = await run('sh', ['-c', `${line} -s -i`]);
    expect(stdout).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(stdout).toMatch(/^X-Simulated: true\r$/m);
    expect(JSON.parse(stdout.slice(stdout.indexOf('{')))).toHaveProperty('steps.directCode');
    program.child.kill('SIGINT');
    expect(await program.ended).toBe(0);
  });
});
