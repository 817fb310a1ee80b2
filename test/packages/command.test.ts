import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '@codegen/testing/process/program';
import { HANG_MS } from '@codegen/testing/timeouts';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createFolder, nodes, pack } from './package.ts';

const run = promisify(execFile);
const stack = new AsyncDisposableStack();
/** An empty folder with the package, the packages that it depends on, and nothing else. */
let folder: string;
const installed = (...path: readonly string[]) => join(folder, 'node_modules', ...path);

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly bundleDependencies: readonly string[];
  readonly bin: Readonly<Record<string, string>>;
}
let manifest: Manifest;

beforeAll(async () => {
  folder = stack.use(await createFolder()).path;
  const tarball = await pack('code-generation-agent', folder);
  await mkdir(installed());
  await run('tar', ['xzf', tarball, '-C', folder]);
  await rename(join(folder, 'package'), installed('code-generation-agent'));
  manifest = JSON.parse(await readFile(installed('code-generation-agent', 'package.json'), 'utf8'));
  // As npm would install them, but from this repository: tests use no network.
  const { dependencies, optionalDependencies, bundleDependencies } = manifest;
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const found = bundleDependencies.includes(name) ? null : packageFolder(name);
    if (found === null) continue;
    await mkdir(dirname(installed(name)), { recursive: true });
    await symlink(found, installed(name));
  }
  const node = installed(`node-${process.platform}-${process.arch}`);
  await mkdir(node);
  await writeFile(join(node, 'package.json'), '{"bin": {"node": "node"}}');
  await symlink(process.execPath, join(node, 'node'));
});
afterAll(() => stack.disposeAsync());

/** The folder of a dependency that a package of this repository has; null if none has it. */
function packageFolder(name: string): string | null {
  const owners = manifest.bundleDependencies.map((owner) => owner.replace('@codegen/', ''));
  const folders = owners.flatMap((owner) => [`apps/${owner}`, `packages/${owner}`]);
  const paths = folders.map((one) => join(ROOT, one, 'node_modules', name));
  return paths.find((path) => existsSync(path)) ?? null;
}

const env = () => ({ PATH: process.env.PATH, HOME: folder, LOG_DIR: join(folder, 'logs') });
const bin = () => installed('code-generation-agent', manifest.bin.codegen ?? '');

it.each(await nodes())('generates code on Node %s', async (_, node) => {
  const options = { cwd: folder, env: env() };
  const { stdout, stderr } = await run(node, [bin(), 'generate', '--fast', 'Reverse a string'], options);
  expect(stderr).toContain('✓ answer');
  expect(stdout).toMatch(/^# Simulated answer/);
});

it.each(await nodes())('runs the service on Node %s until SIGTERM', async (_, node) => {
  const data = { PORT: '0', DATA_DIR: join(folder, 'data') };
  const child = spawn(node, [bin(), 'start', '--fast'], { cwd: folder, env: { ...env(), ...data } });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const ended = once(child, 'exit');
  const match = await vi.waitUntil(() => /is up at (http:\S+)/.exec(output), { timeout: HANG_MS });
  expect((await fetch(`${match[1]}/docs`)).status).toBe(200);
  const page = await fetch(`${match[1]}/`, { headers: { Accept: 'text/html' } });
  expect(await page.text()).toContain('<script');
  child.kill('SIGTERM');
  expect((await ended)[0]).toBe(0);
  await expect(fetch(`${match[1]}/healthz`)).rejects.toThrow();
});

it('says what it needs if Node is too old and npm cannot download another', async () => {
  const old = (await nodes()).find(([version]) => !version.startsWith('v24'));
  if (old === undefined) return;
  const hidden = installed(`node-${process.platform}-${process.arch}`);
  await rename(hidden, `${hidden}.away`);
  const offline = { npm_config_registry: 'http://127.0.0.1:1', npm_config_fetch_retries: '0' };
  const failure = await run(old[1], [bin(), 'generate', '--help'], { env: { ...env(), ...offline } }).catch(
    (error) => error,
  );
  await rename(`${hidden}.away`, hidden);
  expect(failure.code).toBe(1);
  expect(failure.stderr).toMatch(
    /npm downloads Node 24\.\S+ into its cache, once\.\nNode 24 or newer is required/,
  );
});

it('names its commands, and exits with 2 for any other', async () => {
  const failure = await run(process.execPath, [bin(), 'nope']).catch((error) => error);
  expect(failure.code).toBe(2);
  expect(failure.stderr).toMatch(/^There is no command "nope"\.\n\nUsage: codegen COMMAND/);
  const { stdout } = await run(process.execPath, [bin(), 'generate', '--help']);
  expect(stdout).toMatch(/^Usage: codegen generate /);
});

it('depends on exact versions', () => {
  const { dependencies, bundleDependencies } = manifest;
  const others = Object.entries(dependencies).filter(([name]) => !bundleDependencies.includes(name));
  expect(others.length).toBeGreaterThan(10);
  for (const [, version] of others) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});
