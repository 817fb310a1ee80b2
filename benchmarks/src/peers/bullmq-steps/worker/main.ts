import type { Response } from '@codegen/pipeline';
import { type Job, WaitingError, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { peerSettings } from '../../../config.ts';
import { RUNS, type RunData } from '../../bullmq/flow.ts';
import { openEmployer } from '../../employer.ts';
import { perform } from '../../step.ts';
import { finish, nextWave, performWave } from '../../waves.ts';

const { redisUrl, modelUrl, concurrency } = peerSettings();
const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
const runtime = openEmployer(modelUrl);

/** One wave an activation: its records are put into the job's data, and the job back into the queue. */
async function advance(job: Job<RunData>, token: string | undefined): Promise<Response> {
  const { asked, records } = job.data;
  const wave = nextWave(records);
  if (wave === null) return finish(records);
  const all = await performWave(wave, asked, records, (...step) => perform(...step, runtime));
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
