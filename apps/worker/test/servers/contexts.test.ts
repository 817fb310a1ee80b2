import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readSettings } from '@codegen/settings';
import { expect, onTestFinished, test } from 'vitest';
import { createContexts } from '../../src/servers/catalogue.ts';
import { resolveRoles, serverSettings, withProxyVariables } from '../../src/servers/settings.ts';

const PRESET = 1_000;

/** A server with this list of models. Null: it has none. @returns its base URL */
async function serverWith(models: readonly object[] | null): Promise<string> {
  const server = createServer((_request, response) => {
    response.statusCode = models === null ? 500 : 200;
    response.end(JSON.stringify({ object: 'list', data: models }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

const contextsOf = (env: Record<string, string>) =>
  createContexts(resolveRoles(readSettings(serverSettings, withProxyVariables(env))), PRESET);

test.each([
  ['OpenRouter', { context_length: 262_144 }],
  ['vLLM', { max_model_len: 262_144 }],
  ['Groq', { context_window: 262_144 }],
  ['LM Studio', { max_context_length: 262_144 }],
  ['llama.cpp', { meta: { n_ctx: 262_144, n_ctx_train: 1_000_000 } }],
])('reads the size of a context from the list of %s', async (_, size) => {
  const contexts = contextsOf({ BASE_URL: await serverWith([{ id: 'coder', ...size }]), MODEL: 'coder' });
  await expect.poll(() => contexts('coder')).toBe(262_144);
});

test('uses the setting until a list has come, and for models without a size in it', async () => {
  const url = await serverWith([{ id: 'known', context_length: 5_000 }, { id: 'silent' }]);
  const contexts = contextsOf({ BASE_URL: url, MODEL: 'known' });
  expect(contexts('known')).toBe(PRESET);
  await expect.poll(() => contexts('known')).toBe(5_000);
  expect(contexts('silent')).toBe(PRESET);
  expect(contexts('unlisted')).toBe(PRESET);
});

test('uses the smaller size of a model that two servers have, and needs no list of a third', async () => {
  const contexts = contextsOf({
    BASE_URL: await serverWith([{ id: 'coder', context_length: 8_000 }]),
    MODEL: 'coder',
    MODEL_REVIEWER_BASE_URL: await serverWith([{ id: 'coder', context_length: 4_000 }]),
    MODEL_REVIEWER: 'coder',
    MODEL_CLASSIFIER_BASE_URL: await serverWith(null),
    MODEL_CLASSIFIER: 'coder',
  });
  await expect.poll(() => contexts('coder')).toBe(4_000);
});
