import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChildReport, limitChildren, start } from '../src/child-process.ts';
import { DEFAULT_LIMITS, type Language, run } from '../src/index.ts';
import * as node from './attacks/node.ts';
import { programOf } from './attacks/program.ts';
import * as python from './attacks/python.ts';
import * as quickjs from './attacks/quickjs.ts';

const isLinux = process.platform === 'linux';
const limits = { ...DEFAULT_LIMITS, caseMs: 2_500, programMs: 120_000, memoryMb: 128 };
/** Enough for a bomb to go off. */
const short = { ...limits, caseMs: 800 };

let server: Server;
let connections = 0;
let port = 0;

beforeAll(async () => {
  process.env.OPENROUTER_API_KEY = 'attacked-key';
  server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as { port: number }).port;
});

afterAll(() => {
  delete process.env.OPENROUTER_API_KEY;
  server.close();
});

const withPort = (body: string) => body.replaceAll('PORT', String(port));
async function resultsOf(language: Language, bodies: readonly string[], with_ = limits) {
  const { program, cases } = programOf(language, bodies, port);
  const { load, reason, results } = await run(program, cases, with_);
  expect([load, reason]).toEqual(['loaded', null]);
  return results;
}

/** Every attack fails, and none of them ends in a state that hides whether it was tried. */
async function expectNothingReached(language: Language, attacks: Readonly<Record<string, string>>) {
  const results = await resultsOf(language, Object.values(attacks));
  const names = Object.keys(attacks);
  expect(names.filter((_, i) => /GOT/.test(results[i]?.actual ?? 'not tried'))).toEqual([]);
  expect(names.filter((_, i) => results[i]?.verdict === 'passed')).toEqual([]);
}

/** A program gets four processes: three bombs, and a last case that shows that it still runs. */
const BOMBS_PER_PROGRAM = 3;

/** Every bomb is stopped, and a later case of the same program passes in another process. */
async function expectStopped(language: Language, bombs: Readonly<Record<string, string>>) {
  const entries = Object.entries(bombs);
  const count = Math.ceil(entries.length / BOMBS_PER_PROGRAM);
  const programs = Array.from({ length: count }, (_, i) =>
    entries.slice(i * BOMBS_PER_PROGRAM, (i + 1) * BOMBS_PER_PROGRAM),
  );
  const tries = programs.map(async (group) => {
    const results = await resultsOf(
      language,
      group.map(([, body]) => body),
      short,
    );
    const unstopped = group.flatMap(([name], i) => {
      const { verdict, actual } = results[i]!;
      const isStopped = verdict === 'failed' || verdict === 'timeout';
      return isStopped && !/GOT/.test(actual ?? '') ? [] : [[name, verdict, actual]];
    });
    return results.at(-1)?.verdict === 'passed' ? unstopped : [...unstopped, ['not alive after', group]];
  });
  expect((await Promise.all(tries)).flat()).toEqual([]);
}

/** Runs bodies with all of Node in one locked process. */
async function runRawNode(bodies: Readonly<Record<string, string>>, timeoutMs: number) {
  const reports: ChildReport[] = [];
  const script = join(import.meta.dirname, 'raw-node.fixture.ts');
  return limitChildren(async () => {
    const options = { residentMb: 600 };
    const child = start(['--no-warnings', script, '256'], options, (report) => void reports.push(report));
    expect(await child.ready).toMatchObject({ isolated: true });
    const timer = setTimeout(() => child.kill('timeout'), timeoutMs);
    child.send(Object.fromEntries(Object.entries(bodies).map(([name, body]) => [name, withPort(body)])));
    const end = await child.ended;
    clearTimeout(timer);
    return { end, reports };
  });
}

describe.skipIf(!isLinux)('attacks on the sandbox', () => {
  it('Python reaches no file, process, network, key or JavaScript', () =>
    expectNothingReached('python', python.attacks));
  it('JavaScript reaches no file, process, network, key or host object', () =>
    expectNothingReached('javascript', quickjs.attacks));
  it('a program cannot skip a case by reports of its own', async () => {
    const skip = `import sys
frame = sys._getframe()
while frame and 'emit' not in frame.f_locals: frame = frame.f_back
for index in range(9): frame.f_locals['emit']('{"begin":%d}' % index)
return 'skipped'`;
    const results = await resultsOf('python', [skip, `return 'no'`]);
    expect(results.map(({ verdict }) => verdict)).toEqual(['failed', 'failed', 'passed']);
  });
  it('Python that exhausts something or ends its process is stopped', () =>
    expectStopped('python', python.bombs));
  it('JavaScript that exhausts something is stopped', () => expectStopped('javascript', quickjs.bombs));

  it('an escape to Node reaches no file, process, network or key', async () => {
    const { reports } = await runRawNode(node.attacks, 60_000);
    const results = reports.filter(({ name }) => name !== undefined);
    expect(results.map(({ name }) => name)).toEqual(Object.keys(node.attacks));
    expect(results.filter(({ result }) => /GOT/.test(String(result)))).toEqual([]);
  });

  it('an escape to Node that exhausts something is stopped', async () => {
    const ends = await Promise.all(
      Object.entries(node.bombs).map(([name, body]) => runRawNode({ [name]: body }, 2_000)),
    );
    expect(ends).toHaveLength(Object.keys(node.bombs).length);
    expect(ends.flatMap(({ reports }) => reports).filter(({ result }) => /GOT/.test(String(result)))).toEqual(
      [],
    );
    expect(existsSync('/tmp/codegen-sandbox-escape')).toBe(false);
  });

  // Only root can start a process of another user.
  it.skipIf(process.getuid?.() !== 0)('the user 1000 is protected like root', async () => {
    const script = join(import.meta.dirname, 'attack-run.fixture.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [script], {
      uid: 1_000,
      gid: 1_000,
      env: {},
    });
    const expected = { uid: 1_000, found: [], count: python.typical.length + quickjs.typical.length };
    expect(JSON.parse(stdout)).toEqual(expected);
  });

  it('no attack has connected to this machine', () => expect(connections).toBe(0));
});
