import type { Response } from '@codegen/pipeline';
import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { peerSettings } from '../../../config.ts';
import { serve } from '../../server.ts';
import { RUNS, type RunData } from '../flow.ts';

const connection = new Redis(peerSettings().redisUrl, { maxRetriesPerRequest: null });
const runs = new Queue<RunData, Response>(RUNS, { connection });
const events = new QueueEvents(RUNS, { connection });
events.setMaxListeners(0);
await events.waitUntilReady();

await serve(async (runRequest) => {
  const job = await runs.add('run', { runRequest, phase: 'classify', records: {} });
  return job.waitUntilFinished(events);
});
