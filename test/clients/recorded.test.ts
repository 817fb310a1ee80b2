import { postChat, postResponse } from '@codegen/testing/api/chat';
import { type Service, startService } from '@codegen/testing/api/service';
import { reply } from '@codegen/testing/models/replies';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordedRequests } from './recorded-requests.ts';

let service: Service;
beforeAll(async () => {
  service = await startService({ replies: { classify: reply('simple') } });
});
afterAll(() => service[Symbol.asyncDispose]());

test.each(recordedRequests)('serves the request of $name', async ({ endpoint, body, stages, files }) => {
  const answer = await (endpoint === 'responses' ? postResponse : postChat)(service, body);
  expect(answer.status).toBe(200);
  expect(answer.body).not.toMatch(/"error":\{|response\.failed/);
  const id = answer.headers.get('X-Job-Id') ?? '';
  const calls = service.models.calls.filter(({ run }) => run === id).map(({ stage }) => stage);
  expect(calls).toEqual(stages);
  expect((await service.runs.load(id))?.files.map(({ name }) => name)).toEqual(files);
});
