import { graph } from '@codegen/pipeline';
import type { Runs } from '@codegen/queue';
import type { IRouter } from 'express';
import { pino } from 'pino';
import { createApp } from '../src/app.ts';
import { Drain } from '../src/drain.ts';

/** Every route Express was given, as `get /jobs/{id}`. */
export function routesOfExpress(): string[] {
  const app = createApp({
    runs: {} as Runs,
    graph,
    log: pino({ level: 'silent' }),
    keyRing: { current: () => null },
    allowAnonymous: true,
    corsOrigins: [],
    allowedModels: [],
    syncWaitSeconds: 0,
    maxQueryChars: 1,
    retentionSeconds: 1,
    webhooks: { enabled: true, allowPrivate: false },
    drain: new Drain(),
  });
  // What stands before a route of another file is given to Express apart.
  return [...new Set(routesOf(app.router))];
}

function routesOf({ stack }: Pick<IRouter, 'stack'>): string[] {
  return stack.flatMap(({ route, handle }) => {
    if (route === undefined) return 'stack' in handle ? routesOf(handle as IRouter) : [];
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    return [...new Set(route.stack.map(({ method }) => `${method} ${path}`))];
  });
}
