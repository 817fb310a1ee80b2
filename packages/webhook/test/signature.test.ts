import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { type SignedMessage, signatureHeaders, webhookSettings } from '../src/index.ts';

const keysOf = (text: string | undefined) => webhookSettings.shape.WEBHOOK_SECRETS.safeParse(text).data;

const secretOf = (bytes: Uint8Array) => `whsec_${Buffer.from(bytes).toString('base64')}`;
const OLD = secretOf(Buffer.alloc(24, 1));
const NEW = secretOf(Buffer.alloc(64, 2));
const message: SignedMessage = { id: 'msg_a-b', at: Date.now(), body: '{"a":"ü"}' };

test.each([
  'secret',
  'whsec_',
  'whsec_!!!!',
  `whsec_${Buffer.alloc(23).toString('base64')}`,
  `whsec_${Buffer.alloc(65).toString('base64')}`,
  OLD.replace('whsec_', ''),
  `${OLD}=`,
  `${OLD},nonsense`,
])('%s is no secret', (text) => {
  expect(keysOf(text)).toBeUndefined();
});

test('secrets stand between commas; there may be none', () => {
  expect(keysOf(undefined)).toEqual([]);
  expect(keysOf(` ${OLD} , ${NEW},`)).toEqual([Buffer.alloc(24, 1), Buffer.alloc(64, 2)]);
});

test('a secret of another, another body, id or time are noticed by the reference library', () => {
  const keys = keysOf(OLD) ?? [];
  const headers = signatureHeaders(keys, message);
  const receiver = new Webhook(OLD);
  expect(() => new Webhook(NEW).verify(message.body, headers)).toThrow();
  expect(() => receiver.verify(`${message.body} `, headers)).toThrow();
  expect(() => receiver.verify(message.body, { ...headers, 'webhook-id': 'msg_b' })).toThrow();
  const at = Date.now() - 600_000;
  expect(() => receiver.verify(message.body, signatureHeaders(keys, { ...message, at }))).toThrow(/old/);
});

test('the reference library takes what is signed, with each of the secrets', () => {
  const headers = signatureHeaders(keysOf(`${NEW},${OLD}`) ?? [], message);
  for (const secret of [OLD, NEW])
    expect(new Webhook(secret).verify(message.body, headers)).toEqual({ a: 'ü' });
  expect(headers['webhook-signature'].split(' ')).toHaveLength(2);
});

test('it signs as the reference library does, whatever is said', () => {
  const bytes = fc.uint8Array({ minLength: 24, maxLength: 64 });
  fc.assert(
    fc.property(bytes, fc.string({ unit: 'grapheme' }), (key, body) => {
      const secret = secretOf(key);
      const expected = new Webhook(secret).sign(message.id, new Date(message.at), body);
      const headers = signatureHeaders(keysOf(secret) ?? [], { ...message, body });
      expect(headers['webhook-signature']).toBe(expected);
    }),
  );
});
