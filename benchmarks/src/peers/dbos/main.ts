import type { Response } from '@codegen/pipeline';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { peerSettings } from '../../config.ts';
import {
  createRuntime,
  finish,
  nextWave,
  perform,
  performWave,
  type Records,
  type RunRequest,
} from '../pipeline-steps.ts';
import { serve } from '../server.ts';

const { modelUrl, postgresUrl } = peerSettings();
const runtime = createRuntime(modelUrl);

/** Each model call is a step. Waves keep the order of steps deterministic, as recovery requires. */
async function generate(runRequest: RunRequest): Promise<Response> {
  let records: Records = {};
  for (let wave = nextWave(records); wave !== null; wave = nextWave(records)) {
    records = await performWave(wave, runRequest, records, (stage, ...rest) =>
      DBOS.runStep(() => perform(stage, ...rest, runtime), { name: stage }),
    );
  }
  return finish(records);
}

const workflow = DBOS.registerWorkflow(generate, { name: 'generate' });
DBOS.setConfig({ name: 'bench', applicationVersion: '1', systemDatabaseUrl: postgresUrl, logLevel: 'error' });
await DBOS.launch();

await serve(async (runRequest) => {
  const handle = await DBOS.startWorkflow(workflow, { workflowID: runRequest.id })(runRequest);
  return handle.getResult();
});
