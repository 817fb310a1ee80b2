import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startService } from '@codegen/testing/api/service';
import { reply } from '@codegen/testing/models/replies';
import { simpleResponse } from '@codegen/testing/runs/case';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const FIXTURE = fileURLToPath(new URL('./bare.fixture.ts', import.meta.url));
const FOLDER = join(import.meta.dirname, '..');

test('the sources compile with ES2022 and DOM types alone', async () => {
  const options =
    '--noEmit --ignoreConfig --strict --target es2022 --module esnext --moduleResolution bundler';
  const lib = ['--lib', 'es2022,dom', '--types', '', '--allowImportingTsExtensions'];
  const tsc = join(FOLDER, '../../node_modules/.bin/tsc');
  const checked = run(tsc, [...options.split(' '), ...lib, 'src/index.ts'], { cwd: FOLDER });
  await expect(checked.then(({ stdout }) => stdout)).resolves.toBe('');
});

test('runs a job in a context with web standards only', async () => {
  await using service = await startService({ replies: { classify: reply('simple') } });
  const { stdout } = await run(process.execPath, ['--experimental-vm-modules', FIXTURE, service.url]);
  expect(JSON.parse(stdout)).toEqual({ status: 'completed', last: 'job.finished', asked: simpleResponse });
});
