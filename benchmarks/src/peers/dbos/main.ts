import type { Response } from '@codegen/pipeline';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { peerSettings } from '../../config.ts';
import { openEmployer } from '../employer.ts';
import { serve } from '../serve.ts';
import { type Asked, perform, type Records } from '../step.ts';
import { finish, nextWave, performWave } from '../waves.ts';

const { modelUrl, postgresUrl } = peerSettings();
const runtime = openEmployer(modelUrl);

/** Each model call is a step. Waves keep the order of steps the same when a workflow is recovered. */
async function generate(asked: Asked): Promise<Response> {
  let records: Records = {};
  for (let wave = nextWave(records); wave !== null; wave = nextWave(records)) {
    records = await performWave(wave, asked, records, (stage, ...rest) =>
      DBOS.runStep(() => perform(stage, ...rest, runtime), { name: stage }),
    );
  }
  return finish(records);
}

const workflow = DBOS.registerWorkflow(generate, { name: 'generate' });
DBOS.setConfig({ name: 'bench', applicationVersion: '1', systemDatabaseUrl: postgresUrl, logLevel: 'error' });
await DBOS.launch();

await serve(async (asked) => {
  const handle = await DBOS.startWorkflow(workflow, { workflowID: asked.id })(asked);
  return handle.getResult();
});
