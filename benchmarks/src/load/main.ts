import { drive } from './drive.ts';
import { hold } from './hold.ts';
import type { LoadJob } from './job.ts';

let release = async () => {};

async function perform(job: LoadJob) {
  if (job.kind === 'drive') return drive(job);
  if (job.kind === 'hold') release = await hold(job);
  else await release();
  return null;
}

process.on('message', async (job: LoadJob) => {
  try {
    process.send?.({ result: await perform(job) });
  } catch (error) {
    process.send?.({ error: String(error) });
  }
});
process.once('disconnect', () => process.exit());
