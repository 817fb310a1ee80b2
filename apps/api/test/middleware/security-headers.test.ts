import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { describe, expect, onTestFinished, test } from 'vitest';
import { secureHeaders } from '../../src/middleware/browser-security.ts';

async function serve() {
  const app = secureHeaders(express())
    .get('/json', (_request, response) => {
      response.json({});
    })
    .get('/stream', (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end();
    })
    .get('/page', (_request, response) => {
      response.set('Content-Security-Policy', "default-src 'none'").send('page');
    });
  const server = createServer(app).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close().closeAllConnections());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('helmet’s headers', () => {
  test.each(['/json', '/stream', '/page', '/nowhere'])('are sent with %s', async (path) => {
    const { headers } = await fetch(`${await serve()}${path}`);
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('X-Frame-Options')).toBe('SAMEORIGIN');
    expect(headers.get('Content-Security-Policy')).toContain('default-src');
  });

  test('do not bind the host of a proxy and its subdomains to HTTPS', async () => {
    const { headers } = await fetch(`${await serve()}/json`);
    expect(headers.has('Strict-Transport-Security')).toBe(false);
  });

  test('do not replace a header that a route sets', async () => {
    const { headers } = await fetch(`${await serve()}/page`);
    expect(headers.get('Content-Security-Policy')).toBe("default-src 'none'");
  });
});
