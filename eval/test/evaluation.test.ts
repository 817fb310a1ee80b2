import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '@codegen/settings';
import { startSimulator } from '@codegen/simulator';
import { afterAll, describe, expect, test } from 'vitest';
import { evaluateCommand } from '../src/evaluate-command.ts';
import { DEFAULT_RATES } from '../src/models/rates.ts';
import { type Options, readOptions } from '../src/options.ts';
import { chart } from '../src/report/chart.ts';

const folder = mkdtempSync(join(tmpdir(), 'eval-'));
afterAll(() => rmSync(folder, { recursive: true }));

function optionsOf(name: string, ...args: readonly string[]): Options {
  const options = readOptions(['--out', join(folder, name), '--latency', '0', ...args]);
  if (options === null) throw new Error('help');
  return options;
}

async function evaluate(options: Options, env: NodeJS.ProcessEnv = {}) {
  const printed: string[] = [];
  const output = { print: (line: string) => printed.push(line), progress: () => {} };
  const summary = await evaluateCommand(options, env, output, new AbortController().signal);
  return { summary, printed: printed.join('\n') };
}

const linesOf = (options: Options) =>
  readFileSync(`${options.out}.jsonl`, 'utf8').split('\n').filter(Boolean);
const FEW = ['--only', 'javascript/', '--limit', '3', '--max-samples', '3'];

describe.skipIf(process.platform !== 'linux')('an evaluation with simulated models', () => {
  test('ends when its budget is spent, continues with a higher one, and marks every figure as simulated', async () => {
    const systems = ['--systems', 'unverified,verified'];
    const first = await evaluate(
      optionsOf('few', ...FEW, ...systems, '--budget', '0.0005', '--concurrency', '1'),
    );
    expect(first.summary?.isComplete).toBe(false);
    expect(first.printed).toContain('The budget is spent');
    expect(first.printed).toMatch(/^Estimate: 3 tasks, 3 systems: 48 simulated calls, then up to 6/);
    const options = optionsOf('few', ...FEW, ...systems);
    const kept = linesOf(options);
    // A process that was killed while it wrote.
    appendFileSync(`${options.out}.jsonl`, '{"task":"javascript/ti');

    const { summary, printed } = await evaluate(options);
    expect(printed).toContain(`Continuing: ${kept.length - 1} attempts`);
    expect(linesOf(options).slice(0, kept.length)).toEqual(kept);
    // Three tasks: three systems once, and two more samples of the single model.
    expect(linesOf(options)).toHaveLength(1 + 3 * 3 + 3 * 2);
    expect(summary?.isComplete).toBe(true);
    expect(summary?.rows.map(({ system, tasks }) => [system, tasks])).toEqual([
      ['once:simulated', 3],
      ['majority', 3],
      ['any', 3],
      ['unverified', 3],
      ['verified', 3],
    ]);
    const report = readFileSync(`${options.out}.md`, 'utf8');
    expect(report).toMatch(/^Simulated: no model was called\. Rates: mistake 0\.35/);
    const rows = report.split('\n').filter((line) => /^\| [^c-]/.test(line) && !line.startsWith('| system'));
    expect(rows.filter((line) => !line.includes('(simulated)'))).toEqual([]);
    expect(readFileSync(`${options.out}.svg`, 'utf8')).toContain('with 95 % intervals (simulated)');
    expect(JSON.parse(readFileSync(`${options.out}.json`, 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(summary)),
    );

    // Nothing is left to do, and another seed has other results.
    await evaluate(options);
    expect(linesOf(options)).toHaveLength(16);
    await expect(evaluate(optionsOf('few', ...FEW, '--seed', '2'))).rejects.toThrow('another seed');
  });

  test('running mends what a reviewer who is always wrong would choose', async () => {
    const rates = ['--rates', 'mistake=0.5,mend=0,spoil=0,reviewer=0,coverage=1,wrongCase=0'];
    const options = optionsOf(
      'wrong',
      '--only',
      'javascript/',
      '--limit',
      '10',
      '--max-samples',
      '1',
      ...rates,
    );
    const { summary } = await evaluate({ ...options, systems: ['unverified', 'verified'] });
    const [unverified, verified] = ['unverified', 'verified'].map((name) =>
      summary?.selection.find(({ system }) => system === name),
    );
    expect(unverified).toMatchObject({ right: 0, byRunning: 0, expected: 0 });
    // What two cases show is decided by running, and nothing else is decided right.
    expect(verified?.byRunning).toBeGreaterThan(0);
    expect(verified?.right).toBe(verified?.byRunning);
    expect(verified?.right).toBe(Math.round((verified?.expected ?? 0) * (verified?.decisions ?? 0)));
  });
});

test('models of a server are called as a worker calls them, and are not marked as simulated rates', async () => {
  await using simulator = await startSimulator();
  const env = { BASE_URL: simulator.baseUrl, MODEL: 'one/model' };
  const args = ['--only', 'typescript/clamp', '--systems', 'unverified', '--max-samples', '1'];
  const { summary, printed } = await evaluate(optionsOf('server', ...args), env);
  expect(simulator.calls().map(({ model }) => model)).toContain('one/model');
  expect(summary?.header).toMatchObject({ rates: null, models: { reviewer: 'one/model' } });
  // The canned programs solve other tasks.
  expect(summary?.rows.map(({ system, tasks, passed }) => [system, tasks, passed])).toEqual([
    ['once:one/model', 1, 0],
    ['unverified', 1, 0],
  ]);
  expect(printed).toContain('Models: one/model.');
});

test('a key that the server refuses ends the evaluation without a result', async () => {
  await using simulator = await startSimulator({ apiKey: 'right' });
  const env = { BASE_URL: simulator.baseUrl, MODEL: 'one/model', MODEL_API_KEY: 'wrong' };
  const options = optionsOf('refused', '--only', 'typescript/clamp', '--systems', 'unverified');
  await expect(evaluate(options, env)).rejects.toThrow('key');
  expect(linesOf(options)).toHaveLength(1);
});

test('the estimate calls no model and writes nothing', async () => {
  const options = optionsOf('estimate', '--estimate', '--price', '1,2');
  const { summary, printed } = await evaluate(options);
  expect(summary).toBeNull();
  expect(printed).toMatch(
    /^Estimate: 66 tasks, 7 systems: \d+ simulated calls.*about \$\d+\.\d\d; no budget\.$/,
  );
  expect(() => linesOf(options)).toThrow('ENOENT');
});

test.each([
  [['--budget', 'much'], /--budget takes a number/],
  [['--limit', '0'], /--limit takes a whole number of at least 1/],
  [['--rates', 'luck=1'], /--rates takes pairs/],
  [['--rates', 'mistake=2'], /--rates takes pairs/],
  [['--simulated', '--tasks', 'x.jsonl'], /leave out --tasks/],
  [['--buget', '1'], /did you mean --budget/],
])('%j is refused with the reason', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
  expect(() => readOptions(args)).toThrow(UsageError);
});

test('names of models are escaped in the chart', () => {
  const header = { startedAt: '', seed: 1, tasks: '', models: {}, rates: { ...DEFAULT_RATES } };
  const row = {
    system: 'a',
    title: '<a & "b">',
    tasks: 1,
    passed: 1,
    rate: 1,
    interval: { low: 0, high: 1 },
  };
  const rows = [{ ...row, comparison: null, calls: 1, cost: 1, seconds: 1, unsupported: 0 }];
  const svg = chart({ header, isComplete: true, rows, selection: [] });
  expect(svg).toContain('&lt;a &amp; &quot;b&quot;&gt;');
});
