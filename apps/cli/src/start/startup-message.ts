import { relative } from 'node:path';
import type { LocalOptions } from '../config.ts';
import type { LocalSystem } from '../system.ts';
import { printable } from '../terminal.ts';

export const USAGE = `Usage: npm start -- [--fast]

Runs the service on HOST and PORT until Ctrl-C.

  --fast      without a model server, answer at once instead of at a model's pace
  -h, --help  print this text
`;

/** The text that `npm start` prints when the service accepts requests. */
export function startupMessage(
  system: LocalSystem,
  options: LocalOptions,
  warnings: readonly string[],
): string {
  const query = encodeURIComponent('Write a Python function to reverse a string');
  const url = reachable(system.url);
  const { API_KEYS, API_KEYS_FILE } = options.api;
  const needsKey = API_KEYS.length > 0 || API_KEYS_FILE !== undefined;
  const key = needsKey ? ' -H "Authorization: Bearer $CODEGEN_API_KEY"' : '';
  return `
Code generation is up at ${url} (open it in a browser)

  models  ${modelSource(options)}
  queue   ${redisSource(system)}
  logs    ${options.worker.LOG_DIR}
${warnings.map((warning) => `\n! ${printable(warning)}\n`).join('')}
Try it from another terminal:
  curl${key} '${url}/generate?query=${query}'

Ctrl-C stops everything.

`;
}

/** Where answers come from: OpenRouter, the server at `BASE_URL`, or the simulator. */
export function modelSource({ simulate, roles }: LocalOptions): string {
  if (simulate) {
    return 'SIMULATED: answers are canned, no model is called. Set OPENROUTER_API_KEY or BASE_URL (see .env.example)';
  }
  // A query may contain a key.
  const places = roles.map(({ server, isOpenRouter }) =>
    isOpenRouter ? 'OpenRouter' : server.baseUrl.replace(/\?.*/, ''),
  );
  return [...new Set(places)].join(', ');
}

function redisSource({ redis, data }: LocalSystem): string {
  if (redis === 'external') return 'the Redis at REDIS_URL';
  if (redis === 'embedded') {
    return 'embedded Redis substitute: slow, and loses all data when it stops. Install redis-server';
  }
  return data === null ? 'private Redis, data not kept' : `private Redis, data in ${shortest(data)}`;
}

/** Replaces a wildcard address, which clients cannot connect to, by `localhost`. */
const reachable = (url: string) => url.replace(/\/\/(?:0\.0\.0\.0|\[::\]):/, '//localhost:');

const shortest = (path: string) => {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') ? path : fromHere;
};
