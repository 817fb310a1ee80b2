import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProgramQueue, type ProgramQueue } from '@codegen/queue';
import { type Connection, connectBlocking } from '@codegen/queue/testing';
import { describeWithServers } from '@codegen/testing/network/programs';
import { type Server, startServer } from '@codegen/testing/network/server';
import { ROOT } from '@codegen/testing/process/program';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';

const namespace = `sandbox-${randomUUID().slice(0, 8)}`;
const signal = AbortSignal.timeout(280_000);

/** The rights that docker-compose.yml gives to the service. */
function rights(): string[] {
  const { services } = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true });
  const command: string[] = services.redis.command;
  const rules = command.slice(command.indexOf('sandbox') + 1);
  return rules
    .map((rule) => rule.replace(/\$\{SANDBOX_REDIS_PASSWORD[^}]*\}/, 'secret'))
    .map((rule) => rule.replace(/\$\{QUEUE_NAMESPACE[^}]*\}/, namespace));
}

function startProcess(env: Record<string, string>) {
  const child = spawn(process.execPath, [join(ROOT, 'apps/sandbox/src/main.ts')], {
    env: { QUEUE_NAMESPACE: namespace, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.includes('"msg":"ready"')) resolve();
      });
    }
    void ended.then(() => resolve());
  });
  return { child, ready, ended, output: () => output };
}

const program = (content: string, language = 'javascript') => ({
  program: { language, files: [{ name: 'main', content }] },
  cases: [{ kind: 'call', function: 'twice', args: [2], expected: { value: 4 } }],
});
const TWICE = 'function twice(x) { return 2 * x; }';

// A server of its own: the tests send commands that would end it if the user were allowed to.
describeWithServers('the sandbox service', (servers) => {
  let server: Server;
  let redisUrl: string;
  let userUrl: string;
  let admin: Connection;
  let programs: ProgramQueue;
  let service: ReturnType<typeof startProcess>;

  beforeAll(async () => {
    server = await startServer(servers);
    redisUrl = `redis://127.0.0.1:${server.port}`;
    userUrl = `redis://${namespace}:secret@127.0.0.1:${server.port}`;
    admin = connectBlocking(redisUrl);
    programs = createProgramQueue({ redisUrl, namespace });
    await programs.connected();
    await admin.call('ACL', 'SETUSER', namespace, ...rights());
  });
  afterAll(async () => {
    service?.child.kill('SIGKILL');
    await programs.close();
    admin.disconnect();
    await server[Symbol.asyncDispose]();
  });

  test('is missed at once', async () => {
    await expect(programs.run(program(TWICE), signal)).rejects.toThrow('no sandbox service is running');
  });

  test('refuses to start with a key in its environment', async () => {
    const { ended, output } = startProcess({ SANDBOX_REDIS_URL: redisUrl, OPENROUTER_API_KEY: 'key' });
    expect(await ended).toBe(2);
    expect(output()).toContain('unset OPENROUTER_API_KEY: the sandbox service must have no key');
  });

  test('runs programs with the rights that Compose gives it', async () => {
    service = startProcess({ SANDBOX_REDIS_URL: userUrl });
    await service.ready;
    const replies = await Promise.all([
      programs.run(program(TWICE), signal),
      programs.run(program('def twice(x): return x + 1', 'python'), signal),
    ]);
    expect(replies).toEqual([
      { load: 'loaded', reason: null, results: [{ verdict: 'passed', actual: '4' }] },
      { load: 'loaded', reason: null, results: [{ verdict: 'failed', actual: '3' }] },
    ]);
    expect(service.output()).not.toContain('"level":50');
  });

  test('leaves no program and no result in Redis', async () => {
    const keys = await admin.keys(`{${namespace}}:sandbox:programs:????????-*`);
    expect(keys).toEqual([]);
  });

  test('has no rights to other keys, channels and commands', async () => {
    const user = connectBlocking(userUrl);
    const denied = [
      ['GET', `{${namespace}}:run:1`],
      ['HGETALL', `{${namespace}}:run:1`],
      ['SET', `{${namespace}}x`, '1'],
      ['EVAL', `return redis.call('GET', '{${namespace}}:run:1')`, '0'],
      ['EVAL', `return redis.call('KEYS', '*')`, '0'],
      ['RENAME', `{${namespace}}:sandbox:a`, `{${namespace}}:run:1`],
      ['SORT', `{${namespace}}:sandbox:a`, 'BY', `{${namespace}}:run:*`],
      ['PUBLISH', `{${namespace}}:finished`, '1'],
      ['SUBSCRIBE', `{${namespace}}:finished`],
      ...[['KEYS', '*'], ['SCAN', '0'], ['RANDOMKEY'], ['DBSIZE'], ['FLUSHALL'], ['CONFIG', 'GET', '*']],
      ...[['CLIENT', 'LIST'], ['CLIENT', 'TRACKING', 'ON', 'BCAST'], ['MONITOR'], ['ACL', 'LIST']],
      ...[['SHUTDOWN'], ['SCRIPT', 'FLUSH'], ['FUNCTION', 'LIST'], ['SELECT', '1']],
    ];
    const answers = await Promise.all(
      denied.map(([name = '', ...args]) =>
        user.call(name, ...args).then(String, (error: Error) => error.message),
      ),
    );
    user.disconnect();
    for (const [index, answer] of answers.entries())
      expect(answer, denied[index]!.join(' ')).toMatch(/NOPERM|can't (?:run|access)|ACL failure|permission/i);
  });

  test('fails a program that it does not read', async () => {
    await expect(programs.run({ program: 1 }, signal)).rejects.toThrow('needs the version of the worker');
  });

  test('is given up after the time limit, and when the run is cancelled', async () => {
    const hurried = createProgramQueue({ redisUrl, namespace, timeoutMs: 500 });
    await hurried.connected();
    const loop = program('function twice() { for (const end = Date.now() + 1_500; Date.now() < end; ); }');
    const isCancelled = new AbortController();
    const both = [hurried.run(loop, signal), programs.run(loop, isCancelled.signal)];
    isCancelled.abort(new Error('cancelled'));
    const [late, cancelled] = await Promise.allSettled(both);
    await hurried.close();
    expect(late).toMatchObject({ reason: { message: 'no sandbox service has run the program in 0.5 s' } });
    expect(cancelled).toMatchObject({ reason: { message: 'cancelled' } });
  });

  test('ends with status 0 after SIGTERM', async () => {
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(0);
  });
});
