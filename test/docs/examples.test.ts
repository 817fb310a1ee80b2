import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startService } from '@codegen/testing/api/service';
import { reply } from '@codegen/testing/models/replies';
import { HANG_MS } from '@codegen/testing/timeouts';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');

/** The curl commands of a document that ask the service of `npm start`. */
const commandsOf = (document: string) =>
  [...readFileSync(join(root, document), 'utf8').matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)]
    .flatMap(([, language, block = '']) => (language === '' ? block.split('\n') : []))
    .filter((line) => /^(?:ID=\$\()?curl /.test(line) && line.includes('http://127.0.0.1:8000'));

/** Runs a command in a shell as a reader would, with the id of a job in `$ID`. A command that sets `ID` prints it. */
async function shell(command: string, url: string, id: string): Promise<string> {
  const here = command.replaceAll('http://127.0.0.1:8000', url);
  const script = here.startsWith('ID=') ? `${here}; echo "$ID"` : here;
  const { stdout } = await run('sh', ['-c', script], { env: { ...process.env, ID: id }, timeout: HANG_MS });
  return stdout;
}

const EXPECTED: Readonly<Record<string, RegExp>> = {
  '/generate?': /"steps":\{"directCode":|^HTTP\/1\.1 202 [\s\S]*Location: \/jobs\//i,
  'ID=': /^[0-9a-f-]{36}\n$/,
  '/jobs ': /"id":"[0-9a-f-]{36}"/,
  '/jobs?': /"jobs":\[/,
  '/events': /event: job\.finished/,
  '/rerun': /"rerun":\{"of":/,
  '/accept': /"status":"completed"/,
};

describe('the examples of the documents', () => {
  it.each([
    ['README.md', 3],
    ['docs/api.md', 9],
  ])('run as written in %s', async (document, count) => {
    await using service = await startService({ replies: { classify: reply('simple') } });
    const path = await service.begin();
    await service.finished(path);
    const commands = commandsOf(document);
    expect(commands).toHaveLength(count);
    let id = path.slice('/jobs/'.length);
    for (const command of commands) {
      const [, expected] = Object.entries(EXPECTED).find(([part]) => command.includes(part)) ?? [];
      const output = await shell(command, service.url, id);
      expect(output, command).toMatch(expected ?? /^$/);
      if (command.startsWith('ID=')) id = output.trim();
    }
  });
});
