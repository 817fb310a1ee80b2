import { execute, graph } from '@codegen/pipeline';
import { peerSettings } from '../../config.ts';
import { openEmployer } from '../employer.ts';
import { serve } from '../serve.ts';

const { modelUrl, models } = peerSettings();
const employer = {
  ...openEmployer(modelUrl, models),
  sleepUntil: () => Promise.reject(new Error('no retries')),
};

await serve(async (asked) => {
  const { settled } = await execute(graph, asked, employer, new AbortController().signal);
  if (settled?.status !== 'completed') throw new Error(JSON.stringify(settled));
  return settled.response;
});
