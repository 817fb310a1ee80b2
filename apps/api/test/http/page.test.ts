import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expectProblem, type Service, startService } from '@codegen/testing/api/service';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPage } from '../../src/http/page.ts';
import { digestOf } from '../../src/middleware/key-ring.ts';

const HTML = '<!doctype html><title>page</title>';
const BROWSER = { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const ID = '01890a5d-ac96-774b-bcce-b302099a8057';

let folder: string;
let service: Service;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'codegen-page-'));
  await mkdir(join(folder, 'assets'));
  for (const [path, text] of [
    ['index.html', HTML],
    ['assets/index-1.js', 'run();'],
    ['assets/index-1.css', 'a {}'],
  ] as const) {
    await writeFile(join(folder, path), text);
    await writeFile(join(folder, `${path}.gz`), gzipSync(text));
  }
  const settings = { API_KEYS: [{ caller: 'alice', digest: digestOf('secret') }], ALLOW_ANONYMOUS: false };
  service = await startService({ worker: false, settings, page: loadPage(folder) });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

describe.each(['/', `/jobs/${ID}`])('GET %s', (path) => {
  test('is the page for a browser, without a key', async () => {
    const { status, headers, body } = await service.get(path, BROWSER);
    expect(status).toBe(200);
    expect(body).toBe(HTML);
    expect(headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(headers.get('Vary')).toContain('Accept');
  });

  test.each(['application/json', '*/*', 'application/*, text/html;q=0.5'])(
    'is JSON for a program that accepts %s',
    async (Accept) => {
      const { headers } = await service.get(path, { Accept, Authorization: 'Bearer secret' });
      expect(headers.get('Content-Type')).toMatch(/^application\/(?:problem\+)?json/);
      expect(headers.get('Vary')).toContain('Accept');
    },
  );

  test('allows nothing but the page’s own files', async () => {
    const { headers } = await service.get(path, BROWSER);
    const policy = headers.get('Content-Security-Policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("trusted-types 'none'");
    expect(policy).not.toMatch(/unsafe|data:|blob:|https?:|\*/);
  });
});

test('a program still needs a key to read a job', async () => {
  expectProblem(await service.get(`/jobs/${ID}`), 'unauthorized', 401);
});

test('a browser gets a file compressed, and keeps it', async () => {
  const { headers, body } = await service.get('/assets/index-1.js', { 'Accept-Encoding': 'gzip' });
  expect(headers.get('Content-Type')).toBe('text/javascript; charset=utf-8');
  expect(headers.get('Cache-Control')).toContain('immutable');
  expect(body).toBe('run();');
  const plain = await service.get('/assets/index-1.css', { 'Accept-Encoding': 'identity' });
  expect(plain.headers.get('Content-Encoding')).toBeNull();
  expect(plain.body).toBe('a {}');
});

test.each(['package.json', '..%2findex.html', 'index-1.js.gz', 'constructor'])(
  'there is no other file: %s',
  async (name) => {
    expectProblem(await service.get(`/assets/${name}`), 'unknown-path', 404);
  },
);

test('a service whose page is not built answers browsers with JSON', async () => {
  expect(loadPage(join(folder, 'nothing'))).toBeNull();
  await using bare = await startService({ worker: false, page: null });
  const { headers } = await bare.get('/', BROWSER);
  expect(headers.get('Content-Type')).toBe('application/json; charset=utf-8');
});
