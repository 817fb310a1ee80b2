import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startService } from '@codegen/testing/api/service';
import { type Reply, reply } from '@codegen/testing/models/replies';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const FOLDER = join(import.meta.dirname, '..');
const readme = readFileSync(join(FOLDER, 'README.md'), 'utf8');
const examples = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = '']) => code);

const classify: Reply = (call, moments) =>
  reply(call.prompt.user.includes('better') ? 'ambiguous' : 'simple')(call, moments);

/** The lines an example prints, according to its comments. */
const printedBy = (code: string) => [...code.matchAll(/\/\/ (.*)$/gm)].map(([, line = '']) => line);

it('the README has examples', () => expect(examples.length).toBeGreaterThan(4));

it.each(examples)('example %# prints what its comments say', async (code) => {
  await using service = await startService({ replies: { classify } });
  const here = code.replaceAll('http://127.0.0.1:8000', service.url);
  const { stdout } = await run(process.execPath, ['--input-type=module-typescript', '--eval', here], {
    cwd: FOLDER,
  });
  expect(stdout.trimEnd().split('\n')).toEqual(printedBy(code));
});
