import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startSimulator } from '@codegen/simulator';
import { HANG_MS } from '@codegen/testing/timeouts';
import { expect, test } from 'vitest';

const clientUrl = new URL('../../src/model/client.ts', import.meta.url).href;

/** Makes one call in a separate process, which must exit although the timeout of the call is far away. */
const script = (baseUrl: string, abortAfterMs: number | null) => `
  import { createModelClient } from ${JSON.stringify(clientUrl)};
  const { callModel } = createModelClient({
    baseUrl: ${JSON.stringify(baseUrl)}, apiKey: null, appName: '', httpReferer: null, timeoutMs: 600_000,
  });
  const caller = new AbortController();
  if (${abortAfterMs} !== null) setTimeout(() => caller.abort(new Error('cancelled')), ${abortAfterMs});
  const prompt = { system: 'Be brief.', user: 'Add two numbers in Python.' };
  const request = { run: 'r', model: 'm', attempt: 1, prompt };
  await callModel(request, caller.signal).then(
    ({ text }) => console.log('answered', text.length > 0),
    ({ failure }) => console.log(failure.code),
  );
`;

test.each([
  ['a response', null, 'answered true'],
  ['an aborted call', 20, 'aborted'],
])('lets the process exit after %s', async (_, abortAfterMs, expected) => {
  await using simulator = await startSimulator();
  if (abortAfterMs !== null)
    simulator.faults.add({ fault: { kind: 'hang', afterTokens: 2, comments: true } });
  const code = script(simulator.baseUrl, abortAfterMs);
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { timeout: HANG_MS });
  expect(stdout.trim()).toBe(expected);
});
