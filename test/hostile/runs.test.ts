import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '@codegen/simulator';
import { captureLog } from '@codegen/testing/api/captured-log';
import { allFrames } from '@codegen/testing/api/event-frames';
import { postJob } from '@codegen/testing/api/requests';
import { type Reply, type Service, startService } from '@codegen/testing/api/service';
import { storedKeys } from '@codegen/testing/redis/stored-keys';
import { type CodegenWorker, parseStageLog, startWorker } from '@codegen/worker';
import { readWorkerOptions } from '@codegen/worker/settings';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { CORPUS } from './corpus.ts';

const KEY = 'sk-or-v1-0123456789abcdef0123';
const SECRET = 'asked-in-confidence';

let service: Service;
let simulator: Simulator;
let worker: CodegenWorker;
let logDir: string;
const lines: string[] = [];
const log = captureLog(lines);
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
    // A repair of what does not parse would be a second answer.
    SANDBOX: 'off',
  };
  worker = await startWorker(readWorkerOptions(env), log);
});
afterAll(async () => {
  await worker.close();
  await service[Symbol.asyncDispose]();
  await simulator.close();
  await rm(logDir, { recursive: true });
});

/** A text as it is stored: without the key of the model server. */
const stored = (text: string) => text.toWellFormed().replaceAll(KEY, '…');

/** Runs a request that is classified as simple and answered with a text. */
async function run(text: string, metadata: Readonly<Record<string, string>> = {}): Promise<Reply['json']> {
  simulator.faults.clear();
  simulator.faults.add({ match: { stage: 'classify' }, fault: { kind: 'text', text: 'simple' } });
  simulator.faults.add({ match: { stage: 'answer' }, fault: { kind: 'text', text } });
  const { json } = await postJob(service, { query: SECRET, metadata, wait: 50 });
  return (await service.get(`/jobs/${json.id}?wait=50`)).json;
}

const entries = async () => parseStageLog(await readFile(join(logDir, 'instructTuned_responses.txt')));

test('result, events and stage log contain a model’s answer unchanged but for the key of the model server', async () => {
  const texts = CORPUS.map(({ text }) => text.replace(/\r+\n/g, '\n').trim());
  const code = texts.map((text) => text.replace(/^ {0,3}[`~]{3}.*$/gm, '')).join('\n');
  const answer = `Here:\n\n\`\`\`python\nx = 1\n${code}\nend\n\`\`\`\n`;
  const job = await run(answer);
  expect(job.result.code).toBe(stored(`x = 1\n${code}\nend`));
  const frames = await allFrames(`${service.url}/jobs/${job.id}/events`);
  const deltas = frames.filter(({ type, data }) => type === 'stage.delta' && data.stage === 'answer');
  expect(deltas.map(({ data }) => data.text).join('')).toBe(stored(answer));
  expect(frames.at(-1)?.data.job.result).toEqual(job.result);
  const entry = (await entries()).find((one) => one.run === job.id);
  expect(entry?.text).toBe(stored(answer));
});

test('any text ends a run with code or a problem, and appears in no log line and no name of a Redis key', async () => {
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
  expect(logged.map(({ text }) => text)).toEqual(CORPUS.map(({ text }) => stored(text)));

  for (const line of lines) {
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(JSON.parse(line)).toBeTypeOf('object');
  }
  const all = lines.join('');
  for (const secret of [SECRET, KEY, 'sk-or-v1', 'codegen}:run:x', 'alert(1)', '\\u001b', 'forged'])
    expect(all).not.toContain(secret);
  const names = [...(await storedKeys(service.namespace)).keys()].join('\n');
  expect(names).not.toMatch(/asked|codegen|[^\x21-\x7e\n]/);
});
