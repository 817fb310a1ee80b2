import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LOG_FILES } from '@codegen/pipeline';
import type { Fault } from './fault.ts';

const run = promisify(execFile);

/**
 * A stage goes on when its answer is in its log, or a second later. Logs that are pipes nobody reads make that second
 * sure to come, and the worker is killed in it.
 */
export const reportLost: Fault = {
  name: 'report-lost',
  what: 'kill -9 of a worker between the end of a model call and the record of it',
  async strike({ site, ledger, random }) {
    const worker = random.pick(site.workers);
    const restore = await site.logs(worker).replace(async (path) => {
      await mkdir(path);
      await run(
        'mkfifo',
        LOG_FILES.map((file) => join(path, file)),
      );
    });
    const { caller } = worker.life();
    await site.calls.next((call) => call.caller === caller && call.status === 'answered');
    const over = ledger.incident('kill', worker.name);
    await worker.kill();
    await restore();
    await worker.start();
    over();
  },
};
