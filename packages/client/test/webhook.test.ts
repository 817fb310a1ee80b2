import { startService } from '@codegen/testing/api/service';
import { reply } from '@codegen/testing/models/replies';
import { startScriptedWorker } from '@codegen/testing/webhooks/scripted-worker';
import { expect, test } from 'vitest';
import { CodegenError, createClient } from '../src/index.ts';

test('a job has a webhook with its delivery attempts, and redeliver delivers it again', async () => {
  const settings = { WEBHOOK_SECRETS: [Buffer.alloc(24)] };
  await using service = await startService({ replies: { classify: reply('simple') }, settings });
  await using worker = await startScriptedWorker({ options: service.queue }, [410, 200]);
  const client = createClient({ baseUrl: service.url });
  const refused = await client.submit({ query: 'x', webhook: 'http://localhost/' }).catch((error) => error);
  expect(refused).toBeInstanceOf(CodegenError);
  expect(refused.problem.type).toBe('/problems/invalid-webhook');

  const { id } = await client.run({ query: 'x', webhook: { url: 'https://hooks.example/a' } });
  await service.job(`/jobs/${id}`, ({ webhook }) => webhook.status === 'failed');
  expect((await client.redeliver(id)).webhook?.url).toBe('https://hooks.example/a');
  await service.job(`/jobs/${id}`, ({ webhook }) => webhook.status === 'delivered');
  const { webhook } = await client.job(id);
  expect(webhook?.attempts.map(({ status }) => status)).toEqual([410, 200]);
  expect(worker.deliveries).toHaveLength(2);
});
