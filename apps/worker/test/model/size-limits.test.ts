import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { HANG_MS } from '@codegen/testing/timeouts';
import { expect, onTestFinished, test } from 'vitest';

const MIB = 2 ** 20;
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n';
const CLOSE = `${HEAD}Connection: close\r\n\r\n`;
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;
const fill = (text: string, bytes = 65_536) => text.repeat(Math.ceil(bytes / text.length));
const delta = (fields: object) => `data: ${JSON.stringify({ choices: [{ delta: fields }] })}\n\n`;

/** A response: its start, then bytes that are repeated without end, or once. */
interface Hostile {
  readonly start: string;
  readonly repeat?: string | Buffer;
  readonly once?: string | Buffer;
  /** Whether the connection stays open after the start. */
  readonly stays?: boolean;
  /** Number of concurrent calls; 4 by default. Two of a stream whose events take long to parse. */
  readonly calls?: number;
}

const bomb = gzipSync(fill(': x\n\n', 64 * MIB));
const HOSTILE: Readonly<Record<string, Hostile>> = {
  'one-byte deltas': { start: CLOSE, repeat: fill(delta({ content: 'x' })), calls: 2 },
  'an event without end': { start: `${CLOSE}data: `, repeat: fill('x') },
  'an event without end in packets of one byte': { start: CHUNKED, repeat: fill('1\r\nx\r\n'), calls: 2 },
  'an event of endless lines': { start: CLOSE, repeat: fill('data:x\n') },
  'events of one line each without end': { start: CLOSE, repeat: fill('data:{}\n\n'), calls: 2 },
  'comments without end': { start: CLOSE, repeat: fill(': x\n') },
  'a comment without end': { start: `${CLOSE}: `, repeat: fill('x') },
  'blank lines without end': { start: CLOSE, repeat: fill('\n') },
  'spaces without end': { start: CLOSE, repeat: fill(' ') },
  'reasoning without end': { start: CLOSE, repeat: fill(delta({ reasoning: 'Hm. '.repeat(20) })), calls: 2 },
  'pings without end': { start: CLOSE, repeat: fill('event: ping\ndata: {}\n\n') },
  'deep JSON in an event': { start: CLOSE, once: `data: {"choices":${fill('[', 1.5 * MIB)}\n\n` },
  'deep JSON in a body': { start: CLOSE, once: fill('[', 1.5 * MIB) },
  'deep JSON objects': { start: CLOSE, once: fill('{"a":', 1.5 * MIB) },
  'wide JSON': { start: CLOSE, once: `[${fill('{},', 1.5 * MIB)}{}]` },
  'a body without end': { start: CLOSE, repeat: fill('{"a":"b"},') },
  'a compressed stream of comments': {
    start: `${HEAD}Content-Encoding: gzip\r\nConnection: close\r\n\r\n`,
    once: bomb,
  },
  'an error without end': { start: CLOSE.replace('200', '500'), repeat: fill('x') },
  'deep JSON in an error': { start: CLOSE.replace('200', '400'), once: fill('[', 1.5 * MIB) },
  'headers without end': { start: HEAD, repeat: fill('a: b\r\n') },
};

/** Sends a hostile response to each connection. */
async function serveHostile({ start, repeat = '', once: single = '', stays = false }: Hostile) {
  const sockets = new Set<Socket>();
  let bytes = 0;
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.on('close', () => sockets.delete(socket));
    socket.once('data', () => {
      socket.write(start);
      if (stays) return;
      if (repeat === '') return void socket.end(single);
      const more = () => {
        bytes += repeat.length;
        if (!socket.destroyed) socket.write(repeat, (error) => error ?? setImmediate(more));
      };
      more();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, bytes: () => bytes };
}

const clientUrl = new URL('../../src/model/client.ts', import.meta.url).href;

/**
 * Runs a script with a client for a server, in a process with a small heap. @returns what it passes to `report`
 *
 * The process is killed when it has reported. `process.exit` waits for V8's threads, and one that compiles while the heap is full
 * waits for a garbage collection that never comes: https://github.com/nodejs/node/issues/54918.
 */
async function runClient(baseUrl: string, script: string) {
  const setUp = `
    import { createModelClient } from ${JSON.stringify(clientUrl)};
    const { callModel } = createModelClient({
      baseUrl: ${JSON.stringify(baseUrl)}, apiKey: null, appName: '', httpReferer: null, timeoutMs: 600_000,
    });
    const caller = new AbortController();
    const call = () =>
      callModel({ run: 'r', model: 'm', attempt: 1, prompt: { system: '', user: '' }, onText() {} }, caller.signal)
        .then(() => 'answered', ({ failure }) => failure.code);
    const report = (findings) =>
      console.log(JSON.stringify({ ...findings, maxRssMiB: process.resourceUsage().maxRSS / 1024 }));
  `;
  const args = ['--max-old-space-size=64', '--input-type=module', '-e', setUp + script];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], timeout: HANG_MS });
  try {
    for await (const line of createInterface(child.stdout)) return JSON.parse(line);
    throw new Error('the process ended before its report');
  } finally {
    child.kill('SIGKILL');
  }
}

test.each(Object.entries(HOSTILE))(
  'survives %s in several calls with little memory, and does other work meanwhile',
  async (_, hostile) => {
    const { baseUrl, bytes } = await serveHostile(hostile);
    const { codes, turns, maxRssMiB } = await runClient(
      baseUrl,
      `
        let turns = 0;
        const turn = () => { turns++; setImmediate(turn); };
        turn();
        const codes = await Promise.all(Array.from({ length: ${hostile.calls ?? 4} }, call));
        report({ codes: [...new Set(codes)], turns });
      `,
    );
    expect(codes).toHaveLength(1);
    expect(codes[0]).toMatch(/^(truncated|upstream-error|connection|request-rejected)$/);
    expect(maxRssMiB).toBeLessThan(250);
    // Up to 64 MiB stay in the buffers of the connections.
    expect(turns).toBeGreaterThan((bytes() - 64 * MIB) / (4 * MIB));
  },
);

test('limits the memory of 200 large responses together', async () => {
  const large = await serveHostile({ start: `${CLOSE}data: ${fill('x', 1.9 * MIB)}`, stays: true });
  const { codes, maxRssMiB } = await runClient(
    large.baseUrl,
    `
      const codes = [];
      const calls = Array.from({ length: 200 }, () => call().then((code) => codes.push(code)));
      while (codes.length < 100) await new Promise(setImmediate);
      caller.abort();
      await Promise.all(calls);
      report({ codes: [...new Set(codes)] });
    `,
  );
  expect(codes.toSorted()).toEqual(['aborted', 'truncated']);
  expect(maxRssMiB).toBeLessThan(450);
});
