import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@codegen/client';
import type { ModelServer } from '../machine/simulator.ts';
import { PYTHON_MODELS } from '../peers/peers.ts';
import { median, quantile } from '../results.ts';
import { AMBIGUOUS, COMPLEX, type Measure, programText, SEQUENTIAL_CALLS, SIMPLE } from './measure.ts';

const OVERHEAD_LATENCY_MS = 50;

/** Wall time of a run beyond its model calls, with one run at a time. */
export const overhead: Measure = {
  key: 'O',
  title: 'wall time beyond 6 × 50 ms of model latency, one request at a time',
  async measure(open, scale) {
    await using bench = await open({ pace: { latencyMs: OVERHEAD_LATENCY_MS } });
    const job = { url: bench.system.url, query: COMPLEX, concurrency: 1 };
    await bench.load.drive({ ...job, until: { requests: scale === 'quick' ? 3 : 10 } });
    await bench.models.clearCalls();
    const { latenciesMs } = await bench.load.drive({
      ...job,
      until: { requests: scale === 'quick' ? 6 : 30 },
    });
    const beyond = latenciesMs.map((ms) => ms - SEQUENTIAL_CALLS * OVERHEAD_LATENCY_MS);
    // Shows that every peer makes the same calls.
    const callsPerRun = (await bench.models.calls()).total / latenciesMs.length;
    return { callsPerRun, overheadMs: median(beyond), overheadP90Ms: quantile(beyond, 0.9) };
  },
};

const TOKENS_PER_SECOND = 60;
const FIRST_TOKEN_MS = 500;

/** Time until an event stream shows the first event and the first text. */
export const firstEvent: Measure = {
  key: 'F',
  title: 'time to the first stage event and to the first text, 0.5 s to a model’s first token, 60 tokens/s',
  peers: ['ours'],
  async measure(open, scale) {
    await using bench = await open({
      pace: { latencyMs: FIRST_TOKEN_MS, tokensPerSecond: TOKENS_PER_SECOND },
    });
    const seen: FirstTimes[] = [];
    // The first two jobs are a warm-up.
    for (let index = -2; index < (scale === 'quick' ? 3 : 12); index++) {
      const one = await firstTimes(bench.system.url, `${SIMPLE} ${index}`);
      if (index >= 0) seen.push(one);
    }
    return {
      firstEventMs: median(seen.map(({ event }) => event)),
      firstTextMs: median(seen.map(({ text }) => text)),
      firstAnswerTextMs: median(seen.map(({ answer }) => answer)),
    };
  },
};

/** In ms since the request. */
interface FirstTimes {
  readonly event: number;
  readonly text: number;
  /** First text of the stage that writes the answer. */
  readonly answer: number;
}

async function firstTimes(url: string, query: string): Promise<FirstTimes> {
  const client = createClient({ baseUrl: url });
  const sentAt = performance.now();
  const { id } = await client.submit({ query });
  const seen: { event?: number; text?: number } = {};
  for await (const event of client.events(id)) {
    const at = performance.now() - sentAt;
    if (event.type === 'stage.started') seen.event ??= at;
    if (event.type === 'stage.delta') seen.text ??= at;
    if (event.type === 'stage.delta' && event.stage === 'answer') {
      await client.cancel(id);
      return { event: seen.event ?? at, text: seen.text ?? at, answer: at };
    }
  }
  throw new Error('the job finished without answer text');
}

const PACE = { latencyMs: 500, tokensPerSecond: 60 };
/** Concurrent requests per route. */
const REQUESTS_PER_ROUTE = 3;

/** Tokens that real models write; a tenth for a quick run. */
const TOKENS = { specification: 250, draft: 400, better: 450, polished: 450, choice: 25, question: 60 };

/** Wall time of each route with models at real speed. */
export const routes: Measure = {
  key: 'W',
  title: 'wall time per route, 0.5 s to a model’s first token, then 60 tokens/s',
  peers: ['ours', 'python-order'],
  rounds: 1,
  async measure(open, scale) {
    await using bench = await open({ pace: PACE });
    await setLengths(bench.models, scale === 'quick' ? 0.1 : 1);
    const figures: Record<string, number> = {};
    for (const [route, query] of Object.entries({ simple: SIMPLE, ambiguous: AMBIGUOUS, complex: COMPLEX })) {
      const each = await Promise.all(
        Array.from({ length: REQUESTS_PER_ROUTE }, (_, index) => time(bench.system.url, query, index)),
      );
      figures[`${route}Seconds`] = median(each);
    }
    return figures;
  },
};

async function time(url: string, query: string, index: number): Promise<number> {
  const sentAt = performance.now();
  const response = await fetch(`${url}/generate?query=${encodeURIComponent(query + ' '.repeat(index))}`);
  const body = await response.text();
  if (response.status !== 200) throw new Error(`status ${response.status}: ${body}`);
  return (performance.now() - sentAt) / 1_000;
}

async function setLengths(models: ModelServer, scale: number) {
  const tokens = (name: keyof typeof TOKENS) => Math.max(8, Math.round(TOKENS[name] * scale));
  const specification = { specification: programText('specification', tokens('specification')) };
  const texts = {
    clarify: programText('question', tokens('question')),
    interpret: JSON.stringify(specification),
    answer: fenced('answer', tokens('draft')),
    'generate.direct': fenced('direct', tokens('draft')),
    'generate.interpreted': fenced('interpreted', tokens('draft')),
    'enhance.direct': fenced('better direct', tokens('better')),
    'enhance.interpreted': fenced('better interpreted', tokens('better')),
    polish: fenced('polished', tokens('polished')),
  };
  for (const [stage, text] of Object.entries(texts)) await models.setAnswer(stage, text);
  const reviewer = `${PYTHON_MODELS}/reviewer`;
  await models.setAnswer('compare', fenced('better interpreted', tokens('better')), reviewer);
  const choice = JSON.stringify({ choice: 'A', reason: programText('reason', tokens('choice') - 8) });
  await models.setAnswer('compare', choice);
}

const fenced = (name: string, tokens: number) => `\`\`\`js\n${programText(name, tokens)}\n\`\`\``;

/** Longer than any takeover, so that the stage is running when its worker is killed. */
const TAKEOVER_LATENCY_MS = 300_000;
const POLL_MS = 5;

/** Time until a stage runs again after its worker was killed. */
export const takeover: Measure = {
  key: 'K',
  title: 'time from kill -9 of a worker to its stage running again',
  peers: ['ours', 'bullmq'],
  async measure(open) {
    await using bench = await open({ pace: { latencyMs: TAKEOVER_LATENCY_MS }, workers: 1 });
    const { system, models, load } = bench;
    const [, victim] = system.programs;
    if (victim === undefined || system.addWorker === undefined) throw new Error('there is no worker to kill');
    await load.hold({ url: system.url, query: `${COMPLEX} ${randomUUID()}`, count: 1, what: 'results' });
    const callCount = async () => (await models.calls()).total;
    while ((await callCount()) < 1) await sleep(POLL_MS);
    await using _replacement = await system.addWorker();
    const killedAt = performance.now();
    await victim.end('SIGKILL');
    while ((await callCount()) < 2) await sleep(POLL_MS);
    return { takeoverMs: performance.now() - killedAt };
  },
};
