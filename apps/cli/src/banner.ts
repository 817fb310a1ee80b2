import { relative } from 'node:path';
import type { LocalOptions } from './config.ts';
import type { LocalSystem } from './system.ts';

/** What `npm start` says when all is up. */
export function banner(system: LocalSystem, options: LocalOptions): string {
  const query = encodeURIComponent('Write a Python function to reverse a string');
  return `
Code generation is up at ${reachable(system.url)}

  models  ${modelsLine(options)}
  queue   ${redisLine(system)}
  logs    ${options.worker.LOG_DIR}

Try it from another terminal:
  curl '${reachable(system.url)}/generate?query=${query}'

Ctrl-C stops everything.

`;
}

export function modelsLine({ simulate, worker }: LocalOptions): string {
  if (simulate) {
    return 'SIMULATED: answers are canned, no model is asked. Set OPENROUTER_API_KEY or BASE_URL (see .env.example)';
  }
  return worker.BASE_URL ?? 'OpenRouter';
}

function redisLine({ redis, data }: LocalSystem): string {
  if (redis === 'given') return 'the Redis that REDIS_URL names';
  if (redis === 'embedded') {
    return 'a stand-in for Redis inside this process: slow, and forgets everything when it stops. Install redis-server';
  }
  return data === null ? 'a Redis of its own' : `a Redis of its own, data in ${shortest(data)}`;
}

/** An address that stands for all of the machine's is none to connect to. */
const reachable = (url: string) => url.replace(/\/\/(?:0\.0\.0\.0|\[::\]):/, '//localhost:');

const shortest = (path: string) => {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') ? path : fromHere;
};
