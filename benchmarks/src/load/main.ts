import type { LoadJob } from './job.ts';
import { drive } from './lanes.ts';

process.on('message', async (job: LoadJob) => {
  try {
    process.send?.({ result: await drive(job) });
  } catch (error) {
    process.send?.({ error: String(error) });
  }
});
process.once('disconnect', () => process.exit());
