import { readDocument } from '@codegen/testing/openapi/document';
import { createValidator } from '@codegen/testing/openapi/validator';
import { HANG_MS } from '@codegen/testing/timeouts';
import { respondWith, startWebhookReceiver } from '@codegen/testing/webhooks/webhook-receiver';
import { Webhook } from 'standardwebhooks';
import { expect, test, vi } from 'vitest';
import { COMPLEX, startService } from './service.ts';

const [OLD, NEW] = [1, 2].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`) as [
  string,
  string,
];

test('delivers a signed webhook although the first attempt fails and processes die', async () => {
  await using receiver = await startWebhookReceiver([respondWith(503), respondWith(200)]);
  const env = { WEBHOOK_SECRETS: `${NEW},${OLD}`, WEBHOOK_ALLOW_PRIVATE: 'true' };
  await using service = await startService({ workers: 2, env });
  const response = await fetch(`${service.url}/jobs`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query: COMPLEX, webhook: receiver.url }),
  });
  expect(response.status).toBe(202);
  const path = response.headers.get('Location') ?? '';
  const job = async () =>
    (await (await service.get(path)).json()) as {
      id: string;
      webhook: { status: string; attempts: unknown[] };
    };

  await vi.waitUntil(async () => (await job()).webhook.attempts.length === 1, { timeout: HANG_MS });
  service.workers[0]?.child.kill('SIGKILL');
  await vi.waitUntil(async () => (await job()).webhook.status === 'delivered', { timeout: HANG_MS });
  const { webhook, ...resource } = await job();
  expect(webhook).toMatchObject({ attempts: [{ status: 503 }, { status: 200 }], nextAttemptAt: null });

  const validator = createValidator(await readDocument(service.url));
  expect(receiver.received).toHaveLength(2);
  for (const { headers, body } of receiver.received) {
    expect(headers['webhook-id']).toBe(`msg_${resource.id}`);
    expect(validator.webhookErrors('job.finished', JSON.parse(body))).toEqual([]);
    for (const secret of [OLD, NEW])
      expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual({
        type: 'job.finished',
        timestamp: expect.any(String),
        data: resource,
      });
  }
  expect(resource).toMatchObject({ status: 'completed', route: 'complex', simulated: true });
});
