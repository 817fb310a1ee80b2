import { jobListSchema, metadataNameSchema } from '@codegen/contract';
import type { RunCursor, RunFilter } from '@codegen/queue';
import { ProblemError } from './problem.ts';

export interface JobList {
  readonly filter: RunFilter;
  readonly before: RunCursor | null;
  readonly limit: number;
}

const METADATA = 'metadata.';

/** What to list, out of the query string of `GET /jobs`. @throws ProblemError that names the parameter */
export function readJobList(parameters: URLSearchParams): JobList {
  // Without a prototype no name means anything but itself.
  const plain: Record<string, string> = Object.create(null);
  const metadata: Record<string, string> = Object.create(null);
  for (const [name, value] of parameters) {
    const [target, key] = name.startsWith(METADATA) ? [metadata, name.slice(METADATA.length)] : [plain, name];
    if (Object.hasOwn(target, key))
      throw new ProblemError('invalid-filter', `${name.slice(0, 100)} is given more than once.`);
    if (target === metadata && !metadataNameSchema.safeParse(key).success)
      throw new ProblemError('invalid-filter', `${name.slice(0, 100)}: no entry can be named so.`);
    target[key] = value;
  }
  const parsed = jobListSchema.safeParse(plain);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.length ? `${issue.path.map(String).join('.')}: ` : '';
    throw new ProblemError('invalid-filter', `${where}${issue?.message ?? 'not a filter'}`.slice(0, 300));
  }
  const { limit = 20, cursor, ...given } = parsed.data;
  const filter = Object.fromEntries(
    Object.entries({ ...given, metadata }).filter(([, value]) => value !== undefined),
  );
  return { filter, before: cursor === undefined ? null : readCursor(cursor), limit };
}

export const cursorOf = ({ createdAt, id }: RunCursor): string =>
  Buffer.from(`${createdAt}.${id}`).toString('base64url');

function readCursor(cursor: string): RunCursor {
  const [, createdAt, id] =
    /^(\d{1,15})\.([\da-f-]{36})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (createdAt === undefined || id === undefined) {
    throw new ProblemError('malformed-cursor', 'Use the `next` of the page before, unchanged.');
  }
  return { createdAt: Number(createdAt), id };
}
