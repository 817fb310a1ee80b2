import { randomUUID } from 'node:crypto';
import type { Scenario } from './scene.ts';

const async: Scenario = ({ send, valid }) =>
  send({ headers: { ...valid.headers, Prefer: 'respond-async', 'Idempotency-Key': randomUUID() } });

/** How each success comes about that is not the answer to the plainest valid request: by operation and status. */
export const SUCCEEDING: Readonly<Record<string, Scenario>> = {
  'generate 202': async,
  'createJob 200': ({ send, valid }) => send({ headers: { ...valid.headers, Prefer: 'wait=50' } }),
  'createJob 202': async,
  'followJob 204': async ({ send, valid }) => {
    const { body } = await send();
    const last = [...body.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] ?? '';
    return send({ headers: { ...valid.headers, 'Last-Event-ID': last } });
  },
  'redeliverWebhook 202': async ({ send, finishedJob }) =>
    send({ inPath: { id: await finishedJob('https://hooks.example/') } }),
  'cancelJob 202': async ({ send, endlessJob }) => send({ inPath: { id: await endlessJob() } }),
};
