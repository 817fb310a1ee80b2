import { type Case, DEFAULT_LIMITS, type Language, run } from '@codegen/sandbox';
import { describe, expect, test } from 'vitest';
import { applyMutant } from '../src/models/mutation.ts';
import { readMutants } from '../src/models/simulated.ts';
import { ownTasks } from '../src/tasks/own.ts';
import { programOf } from '../src/tasks/program.ts';

const tasks = ownTasks();
const mutants = readMutants();
const LANGUAGES: readonly Language[] = ['python', 'javascript', 'typescript'];
/** Many programs run in one process. */
const LIMITS = { ...DEFAULT_LIMITS, caseMs: 20_000, programMs: 90_000 };

interface Part {
  readonly id: string;
  readonly code: string;
  readonly cases: readonly Case[];
}

/** Runs programs that define functions of different names as one program. The verdicts by part. */
async function runTogether(language: Language, parts: readonly Part[]) {
  const code = parts.map((part) => part.code).join('\n\n');
  const cases = parts.flatMap((part) => part.cases);
  const { load, reason, results } = await run(programOf(language, code), cases, LIMITS);
  expect([load, reason]).toEqual(['loaded', null]);
  let at = 0;
  return parts.map(({ id, cases: own }) => {
    const verdicts = results.slice(at, at + own.length).map(({ verdict }) => verdict);
    at += own.length;
    return { id, verdicts };
  });
}

/** Tasks whose tests are calls. The others run alone. */
const callsIn = (language: Language) =>
  tasks.filter((task) => task.language === language && task.cases.every(({ kind }) => kind === 'call'));

/** The function, and all calls of it, with another name. */
function renamed(code: string, cases: readonly Case[], suffix: string) {
  const names = new Set(cases.map((one) => (one.kind === 'call' ? one.function : '')));
  const rename = (text: string) =>
    [...names].reduce(
      (all, name) => all.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), `${name}_${suffix}`),
      text,
    );
  const calls = cases.map((one) => (one.kind === 'call' ? { ...one, function: rename(one.function) } : one));
  return { code: rename(code), cases: calls };
}

describe('the project’s own tasks', () => {
  test('are at least 60 with different ids and requests, and a mutant each', () => {
    expect(tasks.length).toBeGreaterThanOrEqual(60);
    expect(new Set(tasks.map(({ id }) => id)).size).toBe(tasks.length);
    expect(new Set(tasks.map(({ request }) => request)).size).toBe(tasks.length);
    expect(tasks.filter(({ cases }) => cases.length < 3)).toEqual([]);
    expect(Object.keys(mutants)).toEqual(tasks.map(({ id }) => id));
    expect(tasks.filter(({ id }) => mutants[id]?.length === 0)).toEqual([]);
    for (const { id, reference } of tasks) {
      for (const mutant of mutants[id] ?? [])
        expect(applyMutant(reference ?? '', mutant)).not.toBe(reference);
    }
  });

  describe.skipIf(process.platform !== 'linux')('in the sandbox', () => {
    test.each(LANGUAGES)('every reference in %s passes its tests', async (language) => {
      const parts = callsIn(language).map(({ id, reference, cases }) => ({
        id,
        code: reference ?? '',
        cases,
      }));
      const alone = tasks.filter((task) => task.language === language && !callsIn(language).includes(task));
      const together = await runTogether(language, parts);
      const rest = await Promise.all(
        alone.map(({ id, reference, cases }) =>
          runTogether(language, [{ id, code: reference ?? '', cases }]),
        ),
      );
      const failed = [...together, ...rest.flat()].filter(({ verdicts }) =>
        verdicts.some((one) => one !== 'passed'),
      );
      expect(failed).toEqual([]);
      expect(together.length + rest.length).toBeGreaterThanOrEqual(20);
    });

    test.each(LANGUAGES)('every mutant in %s fails a test', async (language) => {
      const parts = callsIn(language).flatMap(({ id, reference, cases }) =>
        (mutants[id] ?? []).map((mutant, index) => ({
          id: `${id} ${mutant.to.trim()}`,
          ...renamed(applyMutant(reference ?? '', mutant), cases, `m${index}`),
        })),
      );
      const results = await runTogether(language, parts);
      expect(results.filter(({ verdicts }) => !verdicts.includes('failed'))).toEqual([]);
      expect(results.length).toBeGreaterThan(40);
    });
  });
});
