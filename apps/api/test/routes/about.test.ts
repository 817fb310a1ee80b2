import { PROBLEMS } from '@codegen/contract';
import { expectProblem, type Service, startService } from '@codegen/testing/api/service';
import { afterAll, beforeAll, expect, test } from 'vitest';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service[Symbol.asyncDispose]());

test('GET / describes the service and links to its endpoints', async () => {
  const { status, headers, json } = await service.get('/');
  expect(status).toBe(200);
  expect(headers.get('Content-Type')).toBe('application/json; charset=utf-8');
  expect(json).toEqual({
    name: expect.any(String),
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    description: expect.any(String),
    usage: expect.stringContaining('/generate?query='),
    example: expect.stringContaining('/generate?query='),
    links: {
      generate: '/generate{?query}',
      jobs: '/jobs',
      job: '/jobs/{id}',
      usage: '/usage',
      mcp: '/mcp',
      docs: '/docs',
      openapi: '/openapi.json',
      health: '/healthz',
      readiness: '/readyz',
    },
    features: {
      apiKeys: false,
      prompts: false,
      models: [],
      maxQueryChars: 8_000,
      effort: 'balanced',
      testCases: false,
      notice: null,
    },
  });
});

test('the example of GET / works', async () => {
  const { json } = await service.get('/');
  const { status } = await service.get(json.example);
  expect(status).toBe(200);
});

test('no response names the framework', async () => {
  const { headers } = await service.get('/');
  expect(headers.get('X-Powered-By')).toBeNull();
  expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
});

test.each(Object.entries(PROBLEMS))('GET /problems/%s explains the type', async (type, { status, title }) => {
  const reply = await service.get(`/problems/${type}`);
  expect(reply.status).toBe(200);
  expect(reply.json).toEqual({ type: `/problems/${type}`, status, title });
});

test.each(['nothing', 'toString', '__proto__', 'constructor', 'MISSING-QUERY', '%00'])(
  'GET /problems/%s gets 404',
  async (type) => {
    expectProblem(await service.get(`/problems/${type}`), 'unknown-problem', 404);
  },
);
