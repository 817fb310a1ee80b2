import { expect, test } from 'vitest';
import { webhookSettings } from '../src/config.ts';

const keysOf = (text: string | undefined) => webhookSettings.shape.WEBHOOK_SECRETS.safeParse(text).data;
const secretOf = (bytes: Uint8Array) => `whsec_${Buffer.from(bytes).toString('base64')}`;
const OLD = secretOf(Buffer.alloc(24, 1));
const NEW = secretOf(Buffer.alloc(64, 2));

test.each([
  'secret',
  'whsec_',
  'whsec_!!!!',
  `whsec_${Buffer.alloc(23).toString('base64')}`,
  `whsec_${Buffer.alloc(65).toString('base64')}`,
  OLD.replace('whsec_', ''),
  `${OLD}=`,
  `${OLD},nonsense`,
])('rejects %s as a secret', (text) => {
  expect(keysOf(text)).toBeUndefined();
});

test('reads comma-separated secrets in their order, and none when not set', () => {
  expect(keysOf(undefined)).toEqual([]);
  expect(keysOf(` ${OLD} , ${NEW},`)).toEqual([Buffer.alloc(24, 1), Buffer.alloc(64, 2)]);
});
