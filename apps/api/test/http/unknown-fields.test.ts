import { jobListSchema, jobRequestSchema } from '@codegen/contract';
import { send } from '@codegen/testing/api/requests';
import { expectProblem, startService } from '@codegen/testing/api/service';
import { describe, expect, test } from 'vitest';
import { fieldsOf, likelyField, rejectMisspelled } from '../../src/http/unknown-fields.ts';

const FIELDS = fieldsOf(jobRequestSchema);

describe('likelyField', () => {
  test.each([
    ['prompt', 'query'],
    ['querry', 'query'],
    ['Query', 'query'],
    ['message', 'messages'],
    ['model', 'models'],
    ['max_cost', 'maxCostUsd'],
    ['max-cost-usd', 'maxCostUsd'],
    ['maxCostUSD', 'maxCostUsd'],
    ['timeout', 'deadlineSeconds'],
    ['deadline_secs', 'deadlineSeconds'],
    ['web_hook', 'webhook'],
    ['callback_url', 'webhook'],
    ['tags', 'metadata'],
  ])('takes %s of a job request for %s', (name, field) => {
    expect(likelyField(name, FIELDS)).toBe(field);
  });

  test.each([
    '',
    '_',
    'a',
    'id',
    'top_p',
    'temperature',
    'stream',
    'n',
    'constructor',
    '__proto__',
    'quer\u{fffd}',
    'query[]',
    'q'.repeat(41),
  ])('takes %j for no field', (name) => {
    expect(likelyField(name, FIELDS)).toBeNull();
  });

  test('knows aliases only of fields that the object has', () => {
    expect(likelyField('since', fieldsOf(jobListSchema))).toBe('createdFrom');
    expect(likelyField('since', FIELDS)).toBeNull();
  });
});

describe('rejectMisspelled', () => {
  const reject = (parameters: string) => () =>
    rejectMisspelled(new URLSearchParams(parameters), ['query', 'maxCostUsd', 'on_disconnect']);

  test.each([
    ['query=x&max_cost=1', 'There is no parameter max_cost. Did you mean maxCostUsd?'],
    ['query=x&onDisconnect=cancel', 'There is no parameter onDisconnect. Did you mean on_disconnect?'],
  ])('rejects %s', (parameters, detail) => {
    expect(reject(parameters)).toThrow(detail);
  });

  test.each(['query=x&maxCostUsd=1', 'query=x&query=y', 'query=x&utm_source=mail&_=17&a&=b&fbclid=1'])(
    'accepts %s',
    (parameters) => {
      expect(reject(parameters)).not.toThrow();
    },
  );
});

test.each([
  ['POST', '/jobs?validate_only=true', 'validateOnly'],
  ['GET', '/jobs/{id}?Wait=5', 'wait'],
  ['GET', '/jobs/{id}/events?on-disconnect=cancel', 'on_disconnect'],
])('%s %s names the parameter that was meant', async (method, path, meant) => {
  await using service = await startService({ worker: false });
  const job = await service.begin();
  const body = method === 'POST' ? JSON.stringify({ query: 'x' }) : null;
  const target = path.replace('/jobs/{id}', job);
  const reply = await send(service, method, target, body, { 'Content-Type': 'application/json' });
  expectProblem(reply, 'invalid-parameter', 400);
  expect(reply.json.detail).toContain(`Did you mean ${meant}?`);
});
