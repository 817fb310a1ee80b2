import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { start } from './process.ts';
import { AMBIGUOUS, COMPLEX, SIMPLE } from './service.ts';

const run = promisify(execFile);
const GENERATE = 'apps/local/src/generate/main.ts';

let logDir: string;
beforeEach(async () => {
  logDir = await mkdtemp(join(tmpdir(), 'codegen-logs-'));
});
afterEach(() => rm(logDir, { recursive: true, force: true }));

const generate = async (query: string, env: Record<string, string> = {}) => {
  await using program = start(GENERATE, [query], { LOG_DIR: logDir, MODEL_RETRY_MS: '5', ...env });
  return { code: await program.ended, stdout: program.stdout(), stderr: program.stderr() };
};

describe('npm run generate', () => {
  it('exits with 2 and one line that names the variable when a setting is wrong', async () => {
    const { code, stdout, stderr } = await generate(SIMPLE, { MODEL_TRIES: 'many' });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe('MODEL_TRIES is "many"; it must be a whole number from 1 to 20\n');
  });

  it('exits with 1 and the reason when no model answers', async () => {
    const { code, stdout, stderr } = await generate(SIMPLE, {
      BASE_URL: 'http://127.0.0.1:9/v1',
      MODEL_TRIES: '1',
    });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/✗ answer .*connect/i);
  });

  it('exits with 1 when the service it is to use is not there', async () => {
    const { code, stderr } = await generate(SIMPLE, { CODEGEN_URL: 'http://127.0.0.1:9' });
    expect([code, stderr]).toEqual([1, 'the service at http://127.0.0.1:9 does not answer\n']);
  });

  it('exits with 3 and asks back when the request is ambiguous', async () => {
    const { code, stdout, stderr } = await generate(AMBIGUOUS);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain('?');
  });

  it.each([
    [SIMPLE, ['classify', 'answer']],
    [COMPLEX, ['classify', 'interpret', 'generate.direct', 'enhance.interpreted', 'compare', 'polish']],
  ])('prints the code alone to stdout and every stage to stderr: %s', async (query, stages) => {
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

describe('npm start', () => {
  it('says that a taken port is taken, and starts nothing', async () => {
    await using first = start('apps/local/src/main.ts', [], { PORT: '0', LOG_DIR: logDir });
    const [, port = ''] = await first.said(/127\.0\.0\.1:(\d+)\n/);
    await using second = start('apps/local/src/main.ts', [], { PORT: port, LOG_DIR: logDir });
    expect(await second.ended).toBe(1);
    expect(second.stderr()).toContain(`cannot listen on 127.0.0.1:${port}: stop what runs there or set PORT`);
  });

  it('prints a curl line that works as pasted, marks what is simulated, and stops on Ctrl-C', async () => {
    await using program = start('apps/local/src/main.ts', [], { PORT: '0', LOG_DIR: logDir });
    const [, line = ''] = await program.said(/^ +(curl .*)$/m);
    expect(program.stdout()).toContain('SIMULATED');
    const { stdout } = await run('sh', ['-c', `${line} -s -i`]);
    expect(stdout).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(stdout).toMatch(/^X-Simulated: true\r$/m);
    expect(JSON.parse(stdout.slice(stdout.indexOf('{')))).toHaveProperty('steps.directCode');
    program.child.kill('SIGINT');
    expect(await program.ended).toBe(0);
  });
});
