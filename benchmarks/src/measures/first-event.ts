import { createClient } from '@codegen/client';
import { median } from '../statistics.ts';
import type { Measure } from './measure.ts';
import { SIMPLE } from './queries.ts';

const TOKENS_PER_SECOND = 60;
const FIRST_TOKEN_MS = 500;

/** How soon somebody who follows a job sees something. */
export const firstEvent: Measure = {
  key: 'F',
  title: 'time to the first stage event and to the first text, 0.5 s to a model’s first token, 60 tokens/s',
  peers: ['ours'],
  async measure(open, scale) {
    await using bench = await open({
      pace: { latencyMs: FIRST_TOKEN_MS, tokensPerSecond: TOKENS_PER_SECOND },
    });
    const seen: Seen[] = [];
    // The first two warm up.
    for (let index = -2; index < (scale === 'quick' ? 3 : 12); index++) {
      const one = await follow(bench.system.url, `${SIMPLE} ${index}`);
      if (index >= 0) seen.push(one);
    }
    return {
      firstEventMs: median(seen.map(({ event }) => event)),
      firstTextMs: median(seen.map(({ text }) => text)),
      firstAnswerTextMs: median(seen.map(({ answer }) => answer)),
    };
  },
};

/** Milliseconds from the request on. */
interface Seen {
  readonly event: number;
  readonly text: number;
  /** Of the stage whose text is the answer. */
  readonly answer: number;
}

async function follow(url: string, query: string): Promise<Seen> {
  const client = createClient({ baseUrl: url });
  const askedAt = performance.now();
  const { id } = await client.submit({ query });
  const seen: { event?: number; text?: number } = {};
  for await (const event of client.events(id)) {
    const at = performance.now() - askedAt;
    if (event.type === 'stage.started') seen.event ??= at;
    if (event.type === 'stage.delta') seen.text ??= at;
    if (event.type === 'stage.delta' && event.stage === 'answer') {
      await client.cancel(id);
      return { event: seen.event ?? at, text: seen.text ?? at, answer: at };
    }
  }
  throw new Error('the job ended without text of its answer');
}
