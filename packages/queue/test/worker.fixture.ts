import { graph } from '@codegen/pipeline';
import { scriptModels } from '@codegen/testing/models';
import { hangs } from '@codegen/testing/replies';
import { startConsumer } from '../src/index.ts';

// A worker in a process of its own, to be killed. Its model never answers the stage that is named; it says when it is
// asked to.
const [, , options = '', stage = ''] = process.argv;
const models = scriptModels({ [stage]: hangs });
const runtime = { ...models, now: Date.now, random: Math.random };
await startConsumer(graph, runtime, { ...JSON.parse(options), report: () => {} });
await models.whenCalled(stage);
process.stdout.write('asked\n');
