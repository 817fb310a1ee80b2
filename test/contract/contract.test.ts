import { openApiDocument } from '@codegen/api/openapi';
import { parseDocument, problemTypeOf, problemTypesOf } from '@codegen/testing/openapi/document';
import { jsonOf, sendRequest } from '@codegen/testing/openapi/http-request';
import { createValidator, type Validator } from '@codegen/testing/openapi/validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAILURES, SUCCESSES, UNTESTED_FAILURES } from './outcomes.ts';
import { type Scenario, setUp } from './scenario.ts';
import { type Site, startSite } from './site.ts';
import { buildRequest } from './valid-request.ts';

const described = parseDocument(JSON.parse(JSON.stringify(openApiDocument())));

let site: Site;
let validator: Validator;
beforeAll(async () => {
  site = await startSite();
  validator = createValidator(site.document);
});
afterAll(() => site?.[Symbol.asyncDispose]());

const validRequest: Scenario = ({ send }) => send();

test('the service serves the document that these tests use', () => {
  expect(site.document.json).toEqual(described.json);
});

describe.each(described.operations)('$operationId', (operation) => {
  const outcomes = Object.entries(operation.responses).flatMap(([status, response]) =>
    (problemTypesOf(described, response) ?? [null]).map((type) => ({ status, type })),
  );

  test.each(outcomes.filter(({ type }) => !((type ?? '') in UNTESTED_FAILURES)))(
    'answers with $status $type as described',
    async ({ status, type }) => {
      const scenario =
        type === null ? (SUCCESSES[`${operation.operationId} ${status}`] ?? validRequest) : FAILURES[type];
      if (scenario === undefined) throw new Error(`outcomes.ts has no scenario for ${type}`);
      const reply = await scenario(await setUp(site, operation));
      expect({ status: String(reply.status), body: reply.body }).toMatchObject({ status });
      if (type !== null) expect(problemTypeOf(jsonOf(reply))).toBe(type);
      expect(validator.responseErrors(operation, reply)).toEqual([]);
    },
  );
});

describe.each(Object.keys(described.json.paths as object))('%s', (path) => {
  const operations = described.operations.filter((operation) => operation.path === path);
  const methods = operations.map(({ method }) => method.toUpperCase());
  const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((method) => !methods.includes(method));

  test.each(others)('rejects %s and lists its methods in Allow', async (method) => {
    const { valid } = await setUp(site, operations[0]!);
    const { path, headers = {} } = buildRequest(valid);
    const reply = await sendRequest(site.url, { method, path, headers });
    expect({ status: reply.status, type: problemTypeOf(jsonOf(reply)) }).toEqual({
      status: 405,
      type: 'method-not-allowed',
    });
    const allowed = reply.headers.get('Allow')?.split(', ') ?? [];
    expect(allowed.filter((method) => method !== 'HEAD').sort()).toEqual(methods.sort());
  });
});

test('every scenario belongs to an outcome in the document', () => {
  const types = described.operations.flatMap(({ responses }) =>
    Object.values(responses).flatMap((response) => problemTypesOf(described, response) ?? []),
  );
  const successes = described.operations.flatMap(({ operationId, responses }) =>
    Object.keys(responses).map((status) => `${operationId} ${status}`),
  );
  expect([...new Set(types)].sort()).toEqual(
    [...Object.keys(FAILURES), ...Object.keys(UNTESTED_FAILURES)].sort(),
  );
  for (const name of Object.keys(SUCCESSES)) expect(successes).toContain(name);
});
