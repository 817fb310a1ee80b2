import { JOB_PROBLEMS, PROBLEMS, type ProblemType } from '@codegen/contract';
import { describe, expect, test } from 'vitest';
import { OPERATIONS, openApiDocument } from '../src/openapi.ts';
import { problemsOf } from '../src/operation.ts';
import { routesOfExpress } from './routes.ts';

const document = openApiDocument();

/** Of no operation: there is none at the path, or not with this method. */
const OF_NONE: readonly ProblemType[] = ['method-not-allowed'];

describe('the OpenAPI document', () => {
  test('has the routes that there are, and no other', () => {
    const described = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    expect(described.sort()).toEqual(routesOfExpress().sort());
  });

  test('has every problem', () => {
    const described = new Set([...OPERATIONS.flatMap(problemsOf), ...JOB_PROBLEMS, ...OF_NONE]);
    expect([...described].sort()).toEqual(Object.keys(PROBLEMS).sort());
  });

  test('has a parameter for each brace in a path', () => {
    for (const { path, parameters } of OPERATIONS) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(Object.keys(parameters?.path?.shape ?? {}), path).toEqual(names);
    }
  });

  test('names each operation once', () => {
    const ids = OPERATIONS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
