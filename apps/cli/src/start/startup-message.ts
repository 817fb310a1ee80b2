import { relative } from 'node:path';
import type { LocalOptions } from '../config.ts';
import type { LocalSystem } from '../system.ts';

/** The text that `npm start` prints when the service accepts requests. */
export function startupMessage(system: LocalSystem, options: LocalOptions): string {
  const query = encodeURIComponent('Write a Python function to reverse a string');
  return `
Code generation is up at ${reachable(system.url)}

  models  ${modelSource(options)}
  queue   ${redisSource(system)}
  logs    ${options.worker.LOG_DIR}

Try it from another terminal:
  curl '${reachable(system.url)}/generate?query=${query}'

Ctrl-C stops everything.

`;
}

/** Where answers come from: OpenRouter, the server at `BASE_URL`, or the simulator. */
export function modelSource({ simulate, worker }: LocalOptions): string {
  if (simulate) {
    return 'SIMULATED: answers are canned, no model is called. Set OPENROUTER_API_KEY or BASE_URL (see .env.example)';
  }
  return worker.BASE_URL ?? 'OpenRouter';
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
