import { writeFileSync } from 'node:fs';
import { DEFAULT_LIMITS, run } from '@codegen/sandbox';
import { applyMutant, type Mutant, mutate } from '../models/mutation.ts';
import { MUTANTS_FILE } from '../models/simulated.ts';
import { ownTasks } from '../tasks/own.ts';
import { programOf } from '../tasks/program.ts';
import type { Task } from '../tasks/task.ts';

/** Writes tasks/mutants.json anew. Run it after a reference or a test has changed; it takes minutes. */
const MOST_PER_MISTAKE = 2;
const LIMITS = { ...DEFAULT_LIMITS, caseMs: 1_500, programMs: 6_000 };

/** Mutants that load, end in time and fail a hidden test. */
async function mutantsOf({ language, reference, cases }: Task): Promise<readonly Mutant[]> {
  const kept: Mutant[] = [];
  for (const mutant of mutate(reference ?? '', language)) {
    if (kept.filter(({ mistake }) => mistake === mutant.mistake).length >= MOST_PER_MISTAKE) continue;
    const program = programOf(language, applyMutant(reference ?? '', mutant));
    const { load, results } = await run(program, cases, LIMITS);
    const verdicts = results.map(({ verdict }) => verdict);
    const hasEnded = verdicts.every((one) => one === 'passed' || one === 'failed');
    if (load === 'loaded' && hasEnded && verdicts.includes('failed')) kept.push(mutant);
  }
  return kept;
}

const all = await Promise.all(ownTasks().map(async (task) => [task.id, await mutantsOf(task)] as const));
writeFileSync(MUTANTS_FILE, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
for (const [id, mutants] of all) if (mutants.length === 0) console.error(`${id} has no mutant`);
