import { drive } from './drive.ts';
import { type Held, hold } from './hold.ts';
import type { LoadJob } from './job.ts';

const held: Held[] = [];

async function perform(job: LoadJob) {
  if (job.kind === 'drive') return drive(job);
  if (job.kind === 'hold') {
    held.push(await hold(job));
    return 0;
  }
  let ended = 0;
  for (const one of held.splice(0)) ended += await one.release();
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
