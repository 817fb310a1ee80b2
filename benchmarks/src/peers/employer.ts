import { DEFAULT_RETRY, type StageRuntime } from '@codegen/pipeline';
import { createModelClient } from '@codegen/worker/model-client';

/** Every peer calls the models through the same client as the service. */
export function openEmployer(modelUrl: string, models = 'bench'): StageRuntime {
  const { callModel } = createModelClient({
    baseUrl: modelUrl,
    apiKey: null,
    appName: '',
    httpReferer: null,
    timeoutMs: 120_000,
  });
  return {
    callModel,
    models: (role) => [`${models}/${role}`],
    policy: DEFAULT_RETRY,
    now: Date.now,
    random: Math.random,
  };
}
