import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CodegenWorker, parseStageLog, readWorkerOptions, startWorker } from '@codegen/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { allFrames } from '../../apps/api/test/event-stream.ts';
import { keptIn } from '../../apps/api/test/kept.ts';
import { logInto } from '../../apps/api/test/logged.ts';
import { postJob } from '../../apps/api/test/send.ts';
import { type Reply, type Service, startService } from '../../apps/api/test/service.ts';
import { type Simulator, startSimulator } from '../../packages/simulator/src/index.ts';
import { CORPUS } from './corpus.ts';

const KEY = 'sk-or-v1-0123456789abcdef0123';
const SECRET = 'asked-in-confidence';

let service: Service;
let simulator: Simulator;
let worker: CodegenWorker;
let logDir: string;
const lines: string[] = [];
const log = logInto(lines);
beforeAll(async () => {
  logDir = await mkdtemp(join(tmpdir(), 'codegen-logs-'));
  simulator = await startSimulator();
  service = await startService({ worker: false, log });
  const env = {
    REDIS_URL: inject('redisUrl'),
    QUEUE_NAMESPACE: service.namespace,
    BASE_URL: simulator.baseUrl,
    MODEL_API_KEY: KEY,
    LOG_DIR: logDir,
    MODEL_INSTRUCT_TUNED: 'a/b',
    MODEL_TRIES: '1',
  };
  worker = await startWorker(readWorkerOptions(env), log);
});
afterAll(async () => {
  await worker.close();
  await service[Symbol.asyncDispose]();
  await simulator.close();
  await rm(logDir, { recursive: true });
});

/** Has a request classified as simple and answered with a text. */
async function run(text: string, metadata: Readonly<Record<string, string>> = {}): Promise<Reply['json']> {
  simulator.faults.clear();
  simulator.faults.add({ match: { stage: 'classify' }, fault: { kind: 'text', text: 'simple' } });
  simulator.faults.add({ match: { stage: 'answer' }, fault: { kind: 'text', text } });
  const { json } = await postJob(service, { query: SECRET, metadata, wait: 50 });
  return (await service.get(`/jobs/${json.id}?wait=50`)).json;
}

const entries = async () => parseStageLog(await readFile(join(logDir, 'instructTuned_responses.txt')));

test('what a model says is in the result, in the events and in the stage’s log as it was said', async () => {
  const texts = CORPUS.map(({ text }) => text.replace(/\r+\n/g, '\n').trim());
  const code = texts.map((text) => text.replace(/^ {0,3}[`~]{3}.*$/gm, '')).join('\n');
  const said = `Here:\n\n\`\`\`python\nx = 1\n${code}\nend\n\`\`\`\n`;
  const job = await run(said);
  expect(job.result.code).toBe(`x = 1\n${code}\nend`.toWellFormed());
  const frames = await allFrames(`${service.url}/jobs/${job.id}/events`);
  const told = frames.filter(({ type, data }) => type === 'stage.delta' && data.stage === 'answer');
  expect(told.map(({ data }) => data.text).join('')).toBe(said.toWellFormed());
  expect(frames.at(-1)?.data.job.result).toEqual(job.result);
  const entry = (await entries()).find((one) => one.run === job.id);
  expect(entry?.text).toBe(said.toWellFormed());
});

test('no text ends a run otherwise than with code or a problem, nor gets into a log line or a key', async () => {
  const metadata = { note: `${SECRET}\n{codegen}:run:x` };
  const ids: string[] = [];
  for (const { text } of CORPUS) {
    const job = await run(text, metadata);
    ids.push(job.id);
    expect(job.status).toMatch(/^(?:completed|failed)$/);
    if (job.status === 'failed') {
      expect(job.problem).toMatchObject({ type: '/problems/models-failed', code: 'unreadable-answer' });
      expect(job.problem.detail).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    } else expect(job.result.code.trim()).not.toBe('');
  }
  const logged = (await entries()).filter(({ run: id }) => ids.includes(id));
  expect(logged.map(({ text }) => text)).toEqual(CORPUS.map(({ text }) => text.toWellFormed()));

  for (const line of lines) {
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(JSON.parse(line)).toBeTypeOf('object');
  }
  const all = lines.join('');
  for (const secret of [SECRET, KEY, 'sk-or-v1', 'codegen}:run:x', 'alert(1)', '\\u001b', 'forged'])
    expect(all).not.toContain(secret);
  const names = [...(await keptIn(service.namespace)).keys()].join('\n');
  expect(names).not.toMatch(/asked|codegen|[^\x21-\x7e\n]/);
});
