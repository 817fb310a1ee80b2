import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { environmentOf, ROOT } from '@codegen/testing/process/program';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SIMPLE, startService } from './service.ts';

const GENERATE = 'apps/cli/src/generate/main.ts';

let cwd: string;
let service: Awaited<ReturnType<typeof startService>>;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'codegen-generate-'));
  const faults = [{ match: { stage: 'answer', contains: 'slow' }, fault: { kind: 'hang' } }] as const;
  service = await startService({ workers: 1, faults });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await rm(cwd, { recursive: true, force: true });
});

/** Runs the command in `cwd` against the service. `input` is piped to it. */
async function generate(
  args: readonly string[],
  input: string | null = null,
  env: Record<string, string> = {},
) {
  const child = spawn(process.execPath, [join(ROOT, GENERATE), ...args], {
    cwd,
    env: environmentOf({ CODEGEN_URL: service.url, ...env }),
    stdio: [input === null ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.end(input);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  return { code: await ended, stdout, stderr };
}

describe('npm run generate', () => {
  it.each([
    ['for -', ['-']],
    ['without a request', []],
  ])('reads the request from a pipe %s', async (_, args) => {
    const { code, stdout } = await generate(['--json', ...args], `${SIMPLE}\n`);
    expect([code, JSON.parse(stdout).query]).toEqual([0, SIMPLE]);
  });

  it('exits with 2 when there is no request', async () => {
    for (const args of [[], ['-']]) {
      const { code, stderr } = await generate(args, ' \n');
      expect(code).toBe(2);
      expect(stderr).toMatch(/^The query is missing\.\n\nUsage: .*\n.*\n--help lists the options\.\n$/);
    }
  });

  it('exits with 2 when npm took an option, and starts no job', async () => {
    const { code, stderr } = await generate([SIMPLE], null, { npm_config_json: 'true' });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^npm took --json for itself\. Put “--” before the options: npm run generate -- --json …\n/,
    );
  });

  it('sends limits and the model', async () => {
    const limits = ['--max-cost', '0.5', '--deadline', '60'];
    const { stdout } = await generate([SIMPLE, '--json', ...limits]);
    expect(JSON.parse(stdout)).toMatchObject({ maxCostUsd: 0.5, deadlineAt: expect.any(String) });
    const refused = await generate([SIMPLE, '--model', 'a/b']);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('"a/b"')]);
  });

  it('changes a file in place: sends it with --file, and writes the answer over it with --out', async () => {
    await writeFile(join(cwd, 'main.py'), 'def tool():\n    return 1\n');
    const change = 'Rename the function to gadget';
    const { code, stdout, stderr } = await generate([change, '--file', 'main.py', '--out', '.']);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(/\nwrote main\.py\n$/);
    expect(await readFile(join(cwd, 'main.py'), 'utf8')).toContain('def gadget');
  });

  it('prints the code, exits with 1 and writes nothing when a file of --out has changed', async () => {
    await writeFile(join(cwd, 'main.py'), 'mine');
    const refused = await generate([SIMPLE, '--out', '.']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/Nothing was written into \.:\nmain\.py: .*use --force/);
    expect(refused.stdout).toContain('def reverse_string');
    expect(await readFile(join(cwd, 'main.py'), 'utf8')).toBe('mine');
    expect((await generate([SIMPLE, '--out', '.', '--force'])).code).toBe(0);
    expect(await readFile(join(cwd, 'main.py'), 'utf8')).toContain('def reverse_string');
  });

  it('writes through no symbolic link', async () => {
    await rm(join(cwd, 'main.py'), { force: true });
    await symlink('/dev/full', join(cwd, 'main.py'));
    expect((await generate([SIMPLE, '--out', '.', '--force'])).code).toBe(1);
    await rm(join(cwd, 'main.py'));
  });

  it.each([
    ['missing.py', /^--file: there is no file missing\.py$/m],
    ['.', /^--file: \. is a folder; name its files/m],
    ['red\u001b[31m.py', /rename "red\\u001b\[31m\.py": a name has no control characters/],
  ])('exits with 2 and one line when --file is %j', async (path, message) => {
    if (path.endsWith('1m.py')) await writeFile(join(cwd, path), 'x = 1\n');
    const { code, stderr } = await generate([SIMPLE, '--file', path]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('says on Ctrl-C what it cancelled and what that cost', async () => {
    const { PATH = '', HOME = '' } = process.env;
    const env = { PATH, HOME, CODEGEN_URL: service.url };
    // A terminal sends the signal to npm and to the command, and npm passes it on to the command.
    const npm = spawn('npm', ['run', 'generate', '--', `${SIMPLE}, slow`], {
      cwd: ROOT,
      env,
      detached: true,
    });
    let stderr = '';
    npm.stderr.on('data', (chunk) => (stderr += chunk));
    while (!stderr.includes('▸ answer')) await once(npm.stderr, 'data');
    process.kill(-(npm.pid ?? Number.NaN), 'SIGINT');
    expect((await once(npm, 'close'))[0]).toBe(130);
    expect(stderr).toMatch(/cancelled job [\da-f-]{36} after 2 model calls: simulated \$0\.\d+\n$/);
  });
});
