import { DEFAULT_LIMITS, run } from '../src/index.ts';
import { programOf } from './attacks/program.ts';
import * as python from './attacks/python.ts';
import * as quickjs from './attacks/quickjs.ts';

// Runs the typical attacks as the user of this process. Prints the user, the number of attacks and those that reached something.
const found: string[] = [];
let count = 0;
for (const [language, { attacks, typical }] of [
  ['python', python],
  ['javascript', quickjs],
] as const) {
  const { program, cases } = programOf(
    language,
    typical.map((name) => attacks[name]!),
    1,
  );
  const limits = { ...DEFAULT_LIMITS, programMs: 120_000 };
  const { load, results } = await run(program, cases, limits);
  if (load !== 'loaded' || results.at(-1)?.verdict !== 'passed') found.push(`${language} did not run`);
  for (const [index, name] of typical.entries()) {
    count += 1;
    if (/GOT/.test(results[index]?.actual ?? 'GOT')) found.push(name);
  }
}
console.log(JSON.stringify({ uid: process.getuid?.(), count, found }));
process.exitCode = 0;
