import type { LoadJob } from './requests.ts';
import { drive, hold, type OpenRequests } from './requests.ts';

const open: OpenRequests[] = [];

async function perform(job: LoadJob) {
  if (job.kind === 'drive') return drive(job);
  if (job.kind === 'hold') {
    open.push(await hold(job));
    return 0;
  }
  let ended = 0;
  for (const one of open.splice(0)) ended += await one.release();
  return ended;
}

process.on('message', async (job: LoadJob) => {
  try {
    process.send?.({ result: await perform(job) });
  } catch (error) {
    process.send?.({ error: String(error) });
  }
});
process.once('disconnect', () => process.exit());
