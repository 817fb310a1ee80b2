// Runs the client with nothing but what browsers have, too: node --experimental-vm-modules bare.fixture.ts <url>
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import vm from 'node:vm';
import type { Client, ClientOptions } from '../src/index.ts';

const WEB = {
  AbortController,
  AbortSignal,
  crypto,
  fetch,
  Headers,
  TextDecoder,
  URLSearchParams,
  clearTimeout,
  setTimeout,
};

const context = vm.createContext({ ...WEB });
const modules = new Map<string, vm.SourceTextModule>();

function load(url: URL): vm.SourceTextModule {
  const known = modules.get(url.href);
  if (known) return known;
  const code = stripTypeScriptTypes(readFileSync(url, 'utf8'));
  const module = new vm.SourceTextModule(code, { context, identifier: url.href });
  modules.set(url.href, module);
  return module;
}

const index = load(new URL('../src/index.ts', import.meta.url));
// Only files in the same folder: a package name is not a URL.
await index.link((specifier, { identifier }) => {
  if (!specifier.startsWith('./')) throw new Error(`${identifier} imports ${specifier}`);
  return load(new URL(specifier, identifier));
});
await index.evaluate();
const { createClient } = index.namespace as { createClient(options: ClientOptions): Client };
const client = createClient({ baseUrl: process.argv[2] ?? '' });
const types: string[] = [];
const { status } = await client.run({ query: 'hello' }, { onEvent: ({ type }) => types.push(type) });
console.log(JSON.stringify({ status, last: types.at(-1), result: await client.generate('hello') }));
