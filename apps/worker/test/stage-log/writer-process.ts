import { entry } from '@codegen/testing/runs/stage-log';
import { createStageLog } from '../../src/stage-log/log.ts';

/** Writes `count` entries of up to `maxChars` characters and prints the reported errors as JSON. */
const [dir, id, count, maxChars, maxBytes] = process.argv.slice(2);
const reports: string[] = [];
const log = createStageLog({
  dir: dir!,
  maxBytes: Number(maxBytes),
  keepFiles: 10_000,
  report: (error) => reports.push((error as NodeJS.ErrnoException).code ?? error.message),
});
for (let i = 0; i < Number(count); i++) {
  const file = i % 2 === 0 ? 'classifier_responses.txt' : 'reviewer_polish_responses.txt';
  const text = `${id}.${i}\n`.repeat(((i * 7919) % Number(maxChars)) / 6);
  const done = log.append(entry({ file, run: `${id}.${i}`, text }));
  if (i % 10 === 9) await done;
}
await log.close();
process.stdout.write(JSON.stringify(reports));
