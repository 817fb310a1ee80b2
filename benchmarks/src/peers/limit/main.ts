import { execute, graph } from '@codegen/pipeline';
import { peerSettings } from '../../config.ts';
import { createRuntime } from '../pipeline-steps.ts';
import { serve } from '../server.ts';

const { modelUrl, models } = peerSettings();
const runtime = {
  ...createRuntime(modelUrl, models),
  sleepUntil: () => Promise.reject(new Error('no retries')),
};

await serve(async (runRequest) => {
  const { outcome } = await execute(graph, runRequest, runtime, new AbortController().signal);
  if (outcome?.status !== 'completed') throw new Error(JSON.stringify(outcome));
  return outcome.response;
});
