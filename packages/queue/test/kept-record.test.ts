import type { Code, Run, StageRecord } from '@codegen/pipeline';
import { describe, expect, test } from 'vitest';
import { keepRecord, readRecords } from '../src/jobs/kept-record.ts';
import { recordOf } from './record.ts';

const codeOf = (text: string, ...more: Code['files']): Code => ({
  text,
  language: 'python',
  files: [{ name: null, language: 'python', content: text }, ...more],
});
const record = (stage: string, code: Code | null, overrides: Partial<StageRecord> = {}) =>
  recordOf(stage, code && { kind: 'code', code }, overrides);
const byName = (...records: StageRecord[]): Run['stages'] =>
  Object.fromEntries(records.map((one) => [one.stage, one]));
const keptOf = (stages: Run['stages']) =>
  Object.values(stages).map((one) => [one.stage, keepRecord(one, stages)] as const);
const times = (text: string, of: string) => text.split(of).length - 1;

describe('records are read as they were,', () => {
  const keeps = (stages: Run['stages']) => {
    const kept = keptOf(stages);
    const found = readRecords(kept);
    expect(found).toEqual(stages);
    expect(Object.keys(found)).toEqual(Object.keys(stages));
    return kept.map(([, json]) => json).join('\n');
  };

  test('and a file that is the whole text is not kept twice', () => {
    expect(times(keeps(byName(record('generate.direct', codeOf('print(1)')))), 'print(1)')).toBe(1);
  });

  test('also with files that are a part of the text, or none', () => {
    const other = { name: 'b.py', language: 'python', content: 'print(2)' };
    keeps(
      byName(record('a', codeOf('print(1)\n\nprint(2)', other)), record('b', { ...codeOf(''), files: [] })),
    );
  });

  test('and code that was handed on is kept with the stage that wrote it', () => {
    const code = codeOf('print(1)');
    const choice = { of: 'enhance.direct', reason: 'shorter' };
    const stages = byName(
      record('enhance.direct', code),
      record('compare', code, { output: { kind: 'code', code, choice } }),
      record('polish', code, { status: 'failed' }),
    );
    expect(times(keeps(stages), 'print(1)')).toBe(1);
    const found = readRecords(keptOf(stages));
    // Read and written again, it is still the same.
    expect(times(keeps(found), 'print(1)')).toBe(1);
  });

  test('but equal code of two is kept with both', () => {
    expect(times(keeps(byName(record('a', codeOf('x')), record('b', codeOf('x')))), '"text":"x"')).toBe(2);
  });

  test('also if a stage that goes on has the code', () => {
    const code = codeOf('x');
    keeps(byName(record('a', code, { status: 'running', endedAt: null }), record('b', code)));
  });

  test('also without any code', () => {
    keeps(
      byName(
        record('classify', null, { output: { kind: 'route', route: 'complex' } }),
        record('interpret', null, { output: { kind: 'specification', text: 'Goal: x' } }),
        record('polish', null, { status: 'running', endedAt: null }),
      ),
    );
  });
});

test('records that were kept whole are read, too', () => {
  const stages = byName(record('a', codeOf('x')), record('b', codeOf('x')));
  expect(readRecords(Object.values(stages).map((one) => [one.stage, JSON.stringify(one)]))).toEqual(stages);
});

test('a record whose code is with a stage that is not there has no output', () => {
  const code = codeOf('x');
  const stages = byName(record('enhance.direct', code), record('compare', code));
  const [, compare] = keptOf(stages);
  expect(readRecords([compare!])).toEqual({ compare: { ...stages.compare, output: null } });
});
