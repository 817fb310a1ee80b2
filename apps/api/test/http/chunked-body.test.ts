import { raw } from '@codegen/testing/api/raw-request';
import { JSON_TYPE, send } from '@codegen/testing/api/requests';
import { expectProblem, type Service, startService } from '@codegen/testing/api/service';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let service: Service;
beforeAll(async () => {
  service = await startService({ worker: false });
});
afterAll(() => service[Symbol.asyncDispose]());

const MAX_JSON_BYTES = 1_048_576;

/** A body that `fetch` sends in chunks, without a Content-Length. */
const stream = (...chunks: readonly string[]) =>
  ReadableStream.from(chunks.map((chunk) => Buffer.from(chunk)));

async function post(path: string, ...chunks: readonly string[]) {
  const body = stream(...chunks);
  const init = { method: 'POST', headers: JSON_TYPE, body, duplex: 'half' } as RequestInit;
  const response = await fetch(`${service.url}${path}`, init);
  return { status: response.status, headers: response.headers, json: await response.json() };
}

const chunked = (method: string, path: string, ...lines: readonly string[]) =>
  [`${method} ${path} HTTP/1.1`, 'Host: x', 'Transfer-Encoding: chunked', ...lines, '', ''].join('\r\n');

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

describe('a chunked body', () => {
  test('of a job is read', async () => {
    const { status, json } = await post(
      '/jobs',
      '{"query": "Ren',
      'ame a file"',
      ', "metadata": {"a": "b"}}',
    );
    expect(status).toBe(202);
    expect(json).toMatchObject({ query: 'Rename a file', metadata: { a: 'b' } });
  });

  test('of a job is rejected when it exceeds the limit', async () => {
    const reply = await raw(
      service.url,
      `${chunked('POST', '/jobs', 'Content-Type: application/json')}${chunk('x'.repeat(MAX_JSON_BYTES + 1))}`,
    );
    expectProblem(reply, 'body-too-large', 413);
    expect(reply.headers.get('Connection')).toBe('close');
  });

  test('of a job is rejected when it is empty', async () => {
    expectProblem(await post('/jobs'), 'malformed-json', 400);
  });

  test('that is not UTF-8 is rejected', async () => {
    const head = chunked('POST', '/jobs', 'Content-Type: application/json', 'Connection: close');
    const body = Buffer.from(`${head}${chunk('{"query": "caf\xe9"}')}0\r\n\r\n`, 'latin1');
    expectProblem(await raw(service.url, body), 'malformed-json', 400);
  });

  test('that is empty is ignored by a route without a body', async () => {
    const path = await service.begin();
    const reply = await raw(
      service.url,
      `${chunked('POST', `${path}/cancel`, 'Connection: close')}0\r\n\r\n`,
    );
    expect(reply.status).toBe(202);
    expect((await service.get(path)).json.status).toBe('cancelled');
  });

  test('that is small is ignored by a route without a body, on a connection that stays usable', async () => {
    const second = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const reply = await raw(
      service.url,
      `${chunked('GET', '/generate?query=x', 'Prefer: respond-async')}${chunk('hello')}0\r\n\r\n${second}`,
    );
    expect(reply.status).toBe(202);
  });

  test.each(['/jobs', '/nothing', '/generate?query=x'])(
    'that is large is rejected by GET %s',
    async (path) => {
      const endless = chunk('x'.repeat(65_537));
      const reply = await raw(service.url, `${chunked('GET', path)}${endless}`);
      expectProblem(reply, 'body-too-large', 413);
      expect(reply.headers.get('Connection')).toBe('close');
    },
  );
});

describe('the charset of a JSON body', () => {
  test.each(['utf8', 'UTF-8', 'Utf_8', '"utf-8"', '"UTF8"', 'us-ascii'])(
    'may be written %s',
    async (charset) => {
      const headers = { 'Content-Type': `application/json;charset=${charset}` };
      expect((await send(service, 'POST', '/jobs', '{"query": "x"}', headers)).status).toBe(202);
    },
  );

  test.each(['utf-16', 'utf-7', 'iso-8859-1', 'utf-8-mac'])('is rejected: %s', async (charset) => {
    const headers = { 'Content-Type': `application/json; charset=${charset}` };
    const reply = await send(service, 'POST', '/jobs', '{"query": "x"}', headers);
    expectProblem(reply, 'unsupported-media-type', 415);
  });
});
