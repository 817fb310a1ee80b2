import { graph } from '@codegen/pipeline';
import { startWebhookWorker } from '../src/index.ts';

// A webhook worker in a process of its own, to be killed. It says when it has begun to deliver, and never comes to an end.
const deliver = () => {
  process.stdout.write('delivering\n');
  return new Promise<never>(() => {});
};
await startWebhookWorker(graph, deliver, { ...JSON.parse(process.argv[2] ?? ''), report: () => {} });
process.stdout.write('ready\n');
