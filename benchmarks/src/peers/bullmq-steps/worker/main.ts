import type { Response } from '@codegen/pipeline';
import { type Job, WaitingError, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { peerSettings } from '../../../config.ts';
import { RUNS, type RunData } from '../../bullmq/flow.ts';
import { createRuntime, finish, nextWave, perform, performWave } from '../../pipeline-steps.ts';

const { redisUrl, modelUrl, concurrency } = peerSettings();
const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
const runtime = createRuntime(modelUrl);

/** Runs one wave per activation, stores its records in the job's data and moves the job back to the queue. */
async function advance(job: Job<RunData>, token: string | undefined): Promise<Response> {
  const { runRequest, records } = job.data;
  const wave = nextWave(records);
  if (wave === null) return finish(records);
  const all = await performWave(wave, runRequest, records, (...step) => perform(...step, runtime));
  if (nextWave(all) === null) return finish(all);
  await job.updateData({ ...job.data, records: all });
  await job.moveToWait(token);
  throw new WaitingError();
}

const worker = new Worker(RUNS, advance, { connection, concurrency });
worker.on('error', console.error);
worker.on('failed', (_, error) => console.error(error));
await worker.waitUntilReady();
console.log('ready');
