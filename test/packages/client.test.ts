import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Service, startService } from '@codegen/testing/api/service';
import { reply } from '@codegen/testing/models/replies';
import { ROOT } from '@codegen/testing/process/program';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFolder, nodes, pack } from './package.ts';

const run = promisify(execFile);
const CHROMIUM = '/usr/bin/chromium';
const stack = new AsyncDisposableStack();
let service: Service;
/** An empty folder into which the package was installed. */
let folder: string;

beforeAll(async () => {
  folder = stack.use(await createFolder()).path;
  service = stack.use(
    await startService({ replies: { classify: reply('simple') }, settings: { CORS_ORIGINS: ['*'] } }),
  );
  await writeFile(join(folder, 'package.json'), '{"private": true, "type": "module"}');
  const tarball = await pack('@codegen/client', folder);
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: folder });
});
afterAll(() => stack.disposeAsync());

/** Runs a job and reports its status and the type of its last event. */
const program = (baseUrl: string) => `
  const client = createClient({ baseUrl: ${JSON.stringify(baseUrl)} });
  const types = [];
  const { status } = await client.run({ query: 'hello' }, { onEvent: ({ type }) => types.push(type) });
  const report = [status, types.at(-1)].join(' ');`;
const REPORT = 'completed job.finished';

it('installs nothing but itself', async () => {
  const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8'));
  expect(Object.keys(lock.packages)).toEqual(['', 'node_modules/@codegen/client']);
});

it.each(await nodes())('runs a job on Node %s', async (_, node) => {
  const code = `import { createClient } from '@codegen/client';${program(service.url)} console.log(report);`;
  const { stdout } = await run(node, ['--input-type=module', '--eval', code], { cwd: folder });
  expect(stdout.trim()).toBe(REPORT);
});

it.skipIf(!existsSync(CHROMIUM))('runs a job in a browser', async () => {
  const modules = join(folder, 'node_modules/@codegen/client/dist');
  const site = createServer(async ({ url = '/' }, response) => {
    const isModule = /^\/[\w-]+\.js$/.test(url);
    response.setHeader('Content-Type', isModule ? 'text/javascript' : 'text/html');
    response.end(isModule ? await readFile(join(modules, url)) : '<!doctype html>');
  }).listen(0, '127.0.0.1');
  await once(site, 'listening');
  stack.defer(() => void site.close());
  const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: flags });
  stack.defer(() => browser.close());
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  const code = `(async () => {
    const { createClient } = await import('/index.js');${program(service.url)}
    return report;
  })()`;
  expect(await page.evaluate(code)).toBe(REPORT);
});

it('has types that need no other package', async () => {
  const lines = [
    "import { createClient, type FinishedJob, type JobRequest } from '@codegen/client';",
    "const request: JobRequest = { query: 'hello', maxCostUsd: 1 };",
    "const job: FinishedJob = await createClient({ baseUrl: '' }).run(request);",
    "if (job.status === 'failed') job.problem.stage.trim();",
    '// @ts-expect-error a job is read-only',
    'job.stages[0]!.calls[0]!.tokens.prompt = 1;',
    '// @ts-expect-error there is no such option',
    "createClient({ baseUrl: '', apikey: 'x' });",
  ];
  await writeFile(join(folder, 'program.ts'), lines.join('\n'));
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--lib', 'es2022,dom', '--types', ''];
  const tsc = join(ROOT, 'node_modules/.bin/tsc');
  const checked = run(tsc, [...options, 'program.ts'], { cwd: folder });
  await expect(checked.then(({ stdout }) => stdout)).resolves.toBe('');
});
