// Prints the BullMQ jobs of a run as a tree with their states: `npm run jobs -- <job id>`. Reads REDIS_URL (default: the
// private Redis of `npm start` on port 8000) and QUEUE_NAMESPACE from the environment or .env.
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { connectFailFast } from '../packages/queue/src/redis/connection.ts';
import { loadDotEnv } from '../packages/settings/src/dot-env.ts';

const CONNECT_MS = 2_000;
const { FlowProducer } = createRequire(new URL('../packages/queue/package.json', import.meta.url))('bullmq');

const [id] = process.argv.slice(2);
if (id === undefined || id.startsWith('-')) {
  console.error(
    'Usage: npm run jobs -- <job id>\nPrints the BullMQ jobs of a run with their states. GET /jobs lists the ids.',
  );
  process.exit(id === '--help' ? 0 : 2);
}
try {
  loadDotEnv();
} catch (error) {
  console.error(error.message);
  process.exit(2);
}
const port = process.env.PORT || '8000';
const privateRedis = `unix://${resolve(process.env.DATA_DIR || '.data', port, 'redis.sock')}`;
const url = process.env.REDIS_URL || privateRedis;
const prefix = `{${process.env.QUEUE_NAMESPACE || 'codegen'}}`;

/** Lines of a job and, indented, of its children. */
async function linesOf({ job, children = [] }) {
  const sorted = children.toSorted((a, b) => (a.job.name < b.job.name ? -1 : 1));
  const below = await Promise.all(sorted.map(linesOf));
  const indented = below.flatMap((lines, index) => {
    const isLast = index === below.length - 1;
    return lines.map((line, at) => `${at === 0 ? (isLast ? '└─ ' : '├─ ') : isLast ? '   ' : '│  '}${line}`);
  });
  return [`${job.name} (${await job.getState()})`, ...indented];
}

if (!process.env.REDIS_URL && !existsSync(privateRedis.slice('unix://'.length))) {
  console.error(
    `There is no Redis to read: npm start does not run here on port ${port}, or it uses its embedded Redis, which no other program can read. Set PORT to that of the service, install redis-server, or set REDIS_URL.`,
  );
  process.exit(1);
}
const redis = connectFailFast(url);
try {
  await once(redis, 'ready', { signal: AbortSignal.timeout(CONNECT_MS) });
  const producer = new FlowProducer({ connection: redis, prefix, skipVersionCheck: true });
  producer.on('error', () => {});
  const flow = await producer.getFlow({ id, queueName: 'stages', prefix });
  if (flow) console.log((await linesOf(flow)).join('\n'));
  else console.error(`There are no jobs of ${JSON.stringify(id)}: it is unknown, or no longer kept.`);
  process.exitCode = flow ? 0 : 1;
  await producer.close();
} catch (error) {
  console.error(`Cannot read the jobs from ${url.replace(/\/\/[^/@]*@/, '//')}: ${error.message}`);
  process.exitCode = 1;
}
redis.disconnect();
