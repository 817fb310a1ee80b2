import 'node:dgram';
import 'node:dns';
import 'node:http';
import 'node:inspector';
import 'node:worker_threads';
import { createRequire } from 'node:module';
import { lockProcess } from '../src/child/lock.ts';
import { readInput, send } from '../src/child/pipe.ts';

// Runs foreign JavaScript with all of Node behind the kernel's filter only. argv: memory in MB.
const TIMEOUT_MS = 1_500;

process.on('uncaughtException', () => {});
process.on('unhandledRejection', () => {});
await lockProcess(Number(process.argv[2]), { keepGlobals: true });
const bodies = JSON.parse(readInput()) as Record<string, string>;
const require = createRequire(import.meta.url);
const AsyncFunction = (async () => {}).constructor as new (
  ...args: string[]
) => (...args: unknown[]) => Promise<unknown>;
for (const [name, body] of Object.entries(bodies)) {
  send({ begin: name });
  const late = new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS, 'late'));
  const result = await Promise.race([new AsyncFunction('require', body)(require), late]).catch(String);
  send({ name, result: String(result) });
}
send({ end: 'done' });
