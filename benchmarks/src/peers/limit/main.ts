import { execute, graph } from '@codegen/pipeline';
import { peerSettings } from '../../config.ts';
import { openEmployer } from '../employer.ts';
import { serve } from '../serve.ts';

const { modelUrl, models } = peerSettings();
const runtime = {
  ...openEmployer(modelUrl, models),
  sleepUntil: () => Promise.reject(new Error('no retries')),
};

await serve(async (asked) => {
  const { outcome } = await execute(graph, asked, runtime, new AbortController().signal);
  if (outcome?.status !== 'completed') throw new Error(JSON.stringify(outcome));
  return outcome.response;
});
