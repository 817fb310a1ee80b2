import { spawnSync } from 'node:child_process';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { graph } from '@codegen/pipeline';
import { startWebhookReceiver } from '@codegen/testing/webhooks/webhook-receiver';
import { expect, test } from 'vitest';
import { postWebhook } from '../../src/webhook/post.ts';
import { createWebhookSender } from '../../src/webhook/sender.ts';
import { finishedRun } from './finished-run.ts';

/** A key and a self-signed certificate for hooks.invalid; null if openssl is missing. */
function issueCertificate() {
  const subject = ['-subj', '/CN=hooks.invalid', '-addext', 'subjectAltName=DNS:hooks.invalid'];
  const keys = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', '-'];
  const { status, stdout } = spawnSync('openssl', ['req', '-x509', ...keys, ...subject], {
    encoding: 'utf8',
  });
  return status === 0 ? { key: stdout, cert: stdout.slice(stdout.indexOf('-----BEGIN CERT')) } : null;
}

const tls = issueCertificate();
const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
const never = new AbortController().signal;

test.skipIf(tls === null)('requires a trusted certificate for the host name', async () => {
  await using receiver = await startWebhookReceiver(undefined, tls);
  const { id, run } = finishedRun();
  const deliver = createWebhookSender({
    graph,
    retentionSeconds: 600,
    keys: [Buffer.alloc(32)],
    allowPrivate: true,
    resolve,
  });
  const send = (host: string) =>
    deliver({ messageId: `msg_${id}`, url: `https://${host}:${receiver.port}/`, run }, never);
  expect(await send('hooks.invalid'), 'untrusted certificate').toEqual({ status: null, error: 'tls-failed' });
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, tls?.cert ?? '']);
  try {
    expect(await send('other.invalid'), 'certificate of another host').toEqual({
      status: null,
      error: 'tls-failed',
    });
    expect(receiver.received).toEqual([]);
    expect(await send('hooks.invalid')).toEqual({ status: 200, error: null });
  } finally {
    setDefaultCACertificates(trusted);
  }
});

test.skipIf(tls === null)('sends the host name as TLS server name', async () => {
  const names: string[] = [];
  const SNICallback = (name: string, done: (error: Error | null) => void) => {
    names.push(name);
    done(null);
  };
  await using receiver = await startWebhookReceiver(undefined, { ...tls, SNICallback });
  const options = { headers: {}, body: '{}', allowPrivate: true, resolve };
  const url = new URL(`https://hooks.invalid:${receiver.port}/`);
  await expect(postWebhook(url, options, never)).rejects.toThrow(/self-signed/);
  expect(names).toEqual(['hooks.invalid']);
});
