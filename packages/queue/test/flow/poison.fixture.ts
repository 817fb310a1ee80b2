import { graph } from '@codegen/pipeline';
import { hangs, type Reply, reply, writes } from '@codegen/testing/models/replies';
import { scriptModels } from '@codegen/testing/models/scripted-models';
import { startStageWorker } from '../../src/index.ts';

// A worker in its own process that dies when it answers a request with the word "poison". In its first two calls, other
// requests are in its company, and none is answered.
const [, , options = '', runs = ''] = process.argv;

const isPoison = (prompt: { readonly user: string }) => prompt.user.includes('poison');

const answer: Reply = async (call, moments) => {
  const hasAll = () => models.calls.filter(({ stage }) => stage === 'answer').length === Number(runs);
  if (models.calls.some(({ prompt }) => isPoison(prompt)) && (call.attempt > 2 || hasAll()))
    process.kill(process.pid, 'SIGKILL');
  return call.attempt > 2 ? writes(call, moments) : hangs(call, moments);
};
const models = scriptModels({ classify: reply('simple'), answer });
const runtime = { ...models, now: Date.now, random: Math.random };
await startStageWorker(graph, runtime, { ...JSON.parse(options), report: () => {} });
