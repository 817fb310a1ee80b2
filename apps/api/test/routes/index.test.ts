import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { JOB_PROBLEMS, PROBLEMS, type ProblemType } from '@codegen/contract';
import { rawGet } from '@codegen/testing/api/raw-request';
import { send } from '@codegen/testing/api/requests';
import { expectProblem, startService } from '@codegen/testing/api/service';
import { problemTypeOf } from '@codegen/testing/openapi/document';
import { describe, expect, test } from 'vitest';
import { problemsOf } from '../../src/http/route.ts';
import { openApiDocument } from '../../src/openapi.ts';
import { routes } from '../../src/routes/index.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'src', 'routes');

/** Problems of no route: the path has no route, or none with this method. */
const OF_NO_ROUTE: readonly ProblemType[] = ['method-not-allowed'];

const atPaths = [...Map.groupBy(routes, ({ path }) => path)].map(
  ([path, atPath]) => [path, atPath.map(({ method }) => method.toUpperCase())] as const,
);

describe('the list of routes', () => {
  test('has the route of every file in the folder', async () => {
    const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && name !== 'index.ts',
    );
    const modules = await Promise.all(files.map((name) => import(join(FOLDER, name))));
    const listed = modules.map((module) => routes.filter((route) => Object.values(module).includes(route)));
    expect(listed.map((found) => found.length)).toEqual(files.map(() => 1));
    expect(routes).toHaveLength(files.length);
  });

  test('has each operation id once', () => {
    expect(new Set(routes.map(({ id }) => id)).size).toBe(routes.length);
  });

  test('declares a parameter for each brace in a path', () => {
    for (const { path, parameters } of routes) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(Object.keys(parameters?.path?.shape ?? {}), path).toEqual(names);
    }
  });

  test('declares every problem', () => {
    const declared = new Set([...routes.flatMap(problemsOf), ...JOB_PROBLEMS, ...OF_NO_ROUTE]);
    expect([...declared].sort()).toEqual(Object.keys(PROBLEMS).sort());
  });

  test('is what the OpenAPI document describes', () => {
    const described = Object.entries(openApiDocument().paths ?? {}).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    expect(described.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
  });
});

describe('Express', () => {
  test.concurrent('has every route at its path and method', async () => {
    await using service = await startService({ worker: false });
    for (const { method, path, id } of routes) {
      // A malformed job id keeps the request from changing anything.
      const reply = await send(service, method.toUpperCase(), path.replace(/\{\w+\}/, 'x'));
      expect(reply.status, id).not.toBe(405);
      const mayBeUnknown = path.endsWith('/{file}');
      if (!mayBeUnknown) expect(reply.json?.type, id).not.toBe('/problems/unknown-path');
    }
  });

  test.concurrent('answers 405 with the allowed methods for any other method of a path', async () => {
    await using service = await startService({ worker: false });
    for (const [path, methods] of atPaths) {
      const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter(
        (method) => !methods.includes(method),
      );
      for (const method of others) {
        const reply = await send(service, method, path.replace(/\{\w+\}/, 'x'));
        expect([reply.status, problemTypeOf(reply.json)]).toEqual([405, 'method-not-allowed']);
        const allowed = reply.headers.get('Allow')?.split(', ') ?? [];
        expect(allowed.filter((name) => name !== 'HEAD').sort()).toEqual(methods.toSorted());
      }
    }
  });

  test.concurrent('answers 404 at a path without a route, whatever the method', async () => {
    await using service = await startService({ worker: false });
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS'])
      expectProblem(await send(service, method, '/nothing'), 'unknown-path', 404);
    expectProblem(await rawGet(service.url, '/generate/more'), 'unknown-path', 404);
  });

  test.concurrent('answers HEAD only where it starts no job', async () => {
    await using service = await startService({ worker: false });
    for (const [path, status] of [
      ['/', 200],
      ['/healthz', 200],
      ['/readyz', 503],
      ['/generate?query=hello', 405],
      ['/jobs', 200],
    ] as const) {
      const { status: answered } = await fetch(`${service.url}${path}`, { method: 'HEAD' });
      expect(answered, path).toBe(status);
    }
    expect((await service.get('/jobs')).json.jobs).toEqual([]);
  });
});
