import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { get, type Service, startService } from '@codegen/testing/api/service';
import { type PrefixProxy, startPrefixProxy } from '@codegen/testing/network/prefix-proxy';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loadPage } from '../../src/http/page.ts';
import { publicUrl } from '../../src/http/public-url.ts';

const HTML = '<link rel="icon" href="./assets/icon.svg"><script src="./assets/index-1.js"></script>';
const BROWSER = { Accept: 'text/html' };

let folder: string;
let proxy: PrefixProxy;
let service: Service;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'codegen-page-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), HTML);
  await writeFile(join(folder, 'assets', 'index-1.js'), 'run();');
  proxy = await startPrefixProxy('/codegen');
  const settings = { PUBLIC_URL: publicUrl.parse(`${proxy.url}/`), ALLOWED_HOSTS: [] };
  service = await startService({ settings, page: loadPage(folder) });
  proxy.upstream = service.url;
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});
afterEach(() => expect(proxy.missed).toEqual([]));

/** Follows a link as a client does. */
const follow = (link: string | null) => get(new URL(link ?? '', `${proxy.url}/`).href);

describe('behind a proxy that strips a path', () => {
  test('an accepted job has addresses with the path', async () => {
    const { status, headers, json } = await get(`${proxy.url}/generate?query=hello`, {
      Prefer: 'respond-async',
    });
    expect(status).toBe(202);
    const [, link = ''] = /^<(.*)>; rel="status"$/.exec(headers.get('Link') ?? '') ?? [];
    for (const address of [headers.get('Location'), json.job, link])
      expect((await follow(address)).json).toMatchObject({ id: json.id });
    const created = await fetch(`${proxy.url}/jobs`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query: 'hello' }),
    });
    expect((await follow(created.headers.get('Location'))).json).toMatchObject({
      id: created.headers.get('X-Job-Id'),
    });
  });

  test('the description of the service links to its endpoints', async () => {
    const { links, example } = (await get(`${proxy.url}/`)).json;
    for (const path of Object.values<string>(links).concat(example))
      expect(new URL(path, proxy.url).href).toMatch(`${proxy.url}/`);
    for (const name of ['jobs', 'docs', 'openapi', 'health', 'readiness'])
      expect((await follow(links[name])).status).toBe(200);
  });

  test('the OpenAPI document names the public address', async () => {
    expect((await get(`${proxy.url}/openapi.json`)).json.servers).toEqual([{ url: proxy.url }]);
  });

  test.each(['/', '/jobs/01890a5d-ac96-774b-bcce-b302099a8057', '/docs', '/docs/'])(
    'the page at %s names existing files',
    async (path) => {
      const { status, body } = await get(proxy.url + path, BROWSER);
      expect(status).toBe(200);
      const addresses = [...body.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, address = '']) => address);
      expect(addresses.length).toBeGreaterThan(1);
      const scripts = addresses.filter((address) => address.endsWith('.js'));
      for (const script of scripts) expect((await follow(script)).status).toBe(200);
      for (const address of addresses) expect(address).toMatch(/^\/codegen\//);
    },
  );

  test('problem types are the same as without it', async () => {
    const { json } = await get(`${proxy.url}/nowhere`);
    expect(json.type).toBe('/problems/unknown-path');
    expect((await get(proxy.url + json.type)).json).toMatchObject({ type: json.type });
  });

  test('OpenAI’s endpoints and the tools answer', async () => {
    expect((await get(`${proxy.url}/v1/models`)).json.object).toBe('list');
    const missing = await get(`${proxy.url}/v1/models/none`);
    expect(missing.json.error).toMatchObject({ code: expect.any(String) });
    const response = await fetch(`${proxy.url}/mcp`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('"generate_code"');
  });
});

test('a proxy may keep the path', async () => {
  const models = await get(`${service.url}/codegen/v1/models/none`);
  expect(models.json.error).toMatchObject({ code: expect.any(String) });
  expect((await get(`${service.url}/codegen?x=1`)).json.links.jobs).toBe('/codegen/jobs');
  const other = await get(`${service.url}/codegenerate`);
  expect([other.status, other.json.type]).toEqual([404, '/problems/unknown-path']);
});

test('without PUBLIC_URL, addresses have no prefix', async () => {
  await using plain = await startService({ worker: false, page: loadPage(folder) });
  expect((await plain.get('/', BROWSER)).body).toContain('src="/assets/index-1.js"');
  expect((await plain.get('/')).json.links.jobs).toBe('/jobs');
  expect((await plain.get('/openapi.json')).json.servers).toEqual([{ url: '/' }]);
});

test('pages and the host of the public address are the service’s own', async () => {
  const settings = { PUBLIC_URL: publicUrl.parse('https://code.example.org'), ALLOWED_HOSTS: [] };
  await using own = await startService({ worker: false, settings });
  const post = (Origin: string) =>
    fetch(`${own.url}/jobs`, {
      method: 'POST',
      headers: { Origin, 'Content-Type': 'application/json' },
      body: '{}',
    });
  expect((await post('https://code.example.org')).status).toBe(422);
  expect((await post('https://other.example.org')).status).toBe(403);
});

test.each(['https://example.org/jobs', 'https://example.org/v1/x', 'https://example.org/mcp'])(
  'refuses %s, whose path is that of an endpoint',
  async (url) => {
    const settings = { PUBLIC_URL: publicUrl.parse(url) };
    await expect(startService({ worker: false, settings })).rejects.toThrow(
      /^PUBLIC_URL has the path .* must not/,
    );
  },
);

test.each([
  'example.org/x',
  'ftp://example.org',
  'https://a:b@example.org',
  'https://example.org/?x',
  'https://e.org/a"b',
])('refuses the setting %s', (text) => {
  expect(publicUrl.safeParse(text).success).toBe(false);
});
