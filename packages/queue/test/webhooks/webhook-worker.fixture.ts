import { graph } from '@codegen/pipeline';
import { startWebhookWorker } from '../../src/index.ts';

// A webhook worker in its own process, to be killed. Prints a line when a delivery starts; no delivery ends.
const deliver = () => {
  process.stdout.write('delivering\n');
  return new Promise<never>(() => {});
};
await startWebhookWorker(graph, deliver, { ...JSON.parse(process.argv[2] ?? ''), report: () => {} });
process.stdout.write('ready\n');
