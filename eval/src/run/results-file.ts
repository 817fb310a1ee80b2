import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '@codegen/settings';
import { z } from 'zod';
import { type Attempt, attemptSchema } from './attempt.ts';

/** What the attempts of a file have in common. Its first line. */
const headerSchema = z.object({
  startedAt: z.string(),
  seed: z.number(),
  /** Digest of the tasks. */
  tasks: z.string(),
  /** The main model of each role. */
  models: z.record(z.string(), z.string()),
  /** Null for real models. */
  rates: z.record(z.string(), z.number()).nullable(),
});

export type Header = z.output<typeof headerSchema>;

export interface ResultsFile {
  readonly header: Header;
  /** Those of earlier runs of the command. */
  readonly attempts: readonly Attempt[];
  append(attempt: Attempt): void;
}

/**
 * Opens the results of an evaluation, or starts them. A last line that was not written whole is removed.
 * @throws UsageError if the file belongs to another evaluation
 */
export function openResults(path: string, header: Header): ResultsFile {
  const append = (value: unknown) => appendFileSync(path, `${JSON.stringify(value)}\n`);
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    append(header);
    return { header, attempts: [], append };
  }
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf('\n') + 1;
  if (end < bytes.length) truncateSync(path, end);
  const [first = '', ...lines] = bytes.subarray(0, end).toString('utf8').split('\n').filter(Boolean);
  const stored = headerSchema.safeParse(parse(first));
  if (!stored.success) throw new UsageError(`${path} has no results of an evaluation; name another file`);
  const { startedAt: _, ...wanted } = header;
  const { startedAt, ...found } = stored.data;
  if (JSON.stringify(sorted(wanted)) !== JSON.stringify(sorted(found))) {
    throw new UsageError(
      `${path} has results of other tasks, models, rates or another seed; delete it or name another file with --out`,
    );
  }
  const attempts = lines.map((line) => attemptSchema.parse(parse(line)));
  return { header: { ...header, startedAt }, attempts, append };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** A value whose JSON does not depend on the order in which its properties were set. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([name, one]) => [name, sorted(one)]),
  );
}
