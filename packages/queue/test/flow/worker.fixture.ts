import { graph } from '@codegen/pipeline';
import { hangs } from '@codegen/testing/models/replies';
import { scriptModels } from '@codegen/testing/models/scripted-models';
import { startStageWorker } from '../../src/index.ts';

// A worker in its own process, to be killed. Its model never answers the given stage; prints a line when it is called.
const [, , options = '', stage = ''] = process.argv;
const models = scriptModels({ [stage]: hangs });
const runtime = { ...models, now: Date.now, random: Math.random };
await startStageWorker(graph, runtime, { ...JSON.parse(options), report: () => {} });
await models.whenCalled(stage);
process.stdout.write('asked\n');
