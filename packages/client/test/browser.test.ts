import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startService } from '@codegen/testing/api/service';
import { reply } from '@codegen/testing/models/replies';
import { simpleResponse } from '@codegen/testing/runs/case';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const FIXTURE = fileURLToPath(new URL('./bare.fixture.ts', import.meta.url));

test('runs a job in a context with web standards only', async () => {
  await using service = await startService({ replies: { classify: reply('simple') } });
  const { stdout } = await run(process.execPath, ['--experimental-vm-modules', FIXTURE, service.url]);
  expect(JSON.parse(stdout)).toEqual({ status: 'completed', last: 'job.finished', result: simpleResponse });
});
