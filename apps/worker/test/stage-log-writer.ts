import { createStageLog } from '../src/stage-log.ts';
import { entry } from './stage-log-entries.ts';

/** A process that writes `count` entries of up to `longest` characters, and what was reported to its output. */
const [dir, id, count, longest, maxBytes] = process.argv.slice(2);
const reports: string[] = [];
const log = createStageLog({
  dir: dir!,
  maxBytes: Number(maxBytes),
  keepFiles: 10_000,
  report: (error) => reports.push((error as NodeJS.ErrnoException).code ?? error.message),
});
for (let i = 0; i < Number(count); i++) {
  const file = i % 2 === 0 ? 'classifier_responses.txt' : 'reviewer_polish_responses.txt';
  const text = `${id}.${i}\n`.repeat(((i * 7919) % Number(longest)) / 6);
  const done = log.append(entry({ file, run: `${id}.${i}`, text }));
  if (i % 10 === 9) await done;
}
await log.close();
process.stdout.write(JSON.stringify(reports));
