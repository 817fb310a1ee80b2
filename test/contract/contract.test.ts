import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApiDocument } from '../../apps/api/src/openapi.ts';
import { openDocument, problemTypesOf } from './document.ts';
import { exchange, jsonOf } from './exchange.ts';
import { FAILING, NOT_AT_WILL } from './failing.ts';
import { type Judge, judgeBy } from './judge.ts';
import { type Scenario, setScene } from './scene.ts';
import { openSite, type Site } from './site.ts';
import { SUCCEEDING } from './succeeding.ts';
import { assembled } from './valid.ts';

const described = openDocument(JSON.parse(JSON.stringify(openApiDocument())));

let site: Site;
let judge: Judge;
beforeAll(async () => {
  site = await openSite();
  judge = judgeBy(site.document);
});
afterAll(() => site?.[Symbol.asyncDispose]());

const plain: Scenario = ({ send }) => send();

test('the document a service serves is the one these tests are made of', () => {
  expect(site.document.json).toEqual(described.json);
});

describe.each(described.operations)('$operationId', (operation) => {
  const outcomes = Object.entries(operation.responses).flatMap(([status, response]) =>
    (problemTypesOf(described, response) ?? [null]).map((type) => ({ status, type })),
  );

  test.each(outcomes.filter(({ type }) => !((type ?? '') in NOT_AT_WILL)))(
    'answers as described: $status $type',
    async ({ status, type }) => {
      const scenario =
        type === null ? (SUCCEEDING[`${operation.operationId} ${status}`] ?? plain) : FAILING[type];
      if (scenario === undefined) throw new Error(`failing.ts does not say how ${type} comes about`);
      const reply = await scenario(await setScene(site, operation));
      const told = type === null ? null : jsonOf(reply).type.slice('/problems/'.length);
      expect({ status: String(reply.status), type: told }).toEqual({ status, type });
      expect(judge.complaints(operation, reply)).toEqual([]);
    },
  );
});

describe.each(Object.keys(described.json.paths as object))('%s', (path) => {
  const operations = described.operations.filter((operation) => operation.path === path);
  const methods = operations.map(({ method }) => method.toUpperCase());
  const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((method) => !methods.includes(method));

  test.each(others)('refuses %s, and names what it takes', async (method) => {
    const { valid } = await setScene(site, operations[0]!);
    const { path, headers = {} } = assembled(valid);
    const reply = await exchange(site.url, { method, path, headers });
    expect({ status: reply.status, type: jsonOf(reply).type }).toEqual({
      status: 405,
      type: '/problems/method-not-allowed',
    });
    const allowed = reply.headers.get('Allow')?.split(', ') ?? [];
    expect(allowed.filter((method) => method !== 'HEAD').sort()).toEqual(methods.sort());
  });
});

test('every scenario is of something described', () => {
  const types = described.operations.flatMap(({ responses }) =>
    Object.values(responses).flatMap((response) => problemTypesOf(described, response) ?? []),
  );
  const successes = described.operations.flatMap(({ operationId, responses }) =>
    Object.keys(responses).map((status) => `${operationId} ${status}`),
  );
  expect([...new Set(types)].sort()).toEqual([...Object.keys(FAILING), ...Object.keys(NOT_AT_WILL)].sort());
  for (const name of Object.keys(SUCCEEDING)) expect(successes).toContain(name);
});
