import { jobListSchema, jobPageSchema, metadataNameSchema } from '@codegen/contract';
import { toJob } from '@codegen/contract/to-job';
import type { RunCursor, RunFilter } from '@codegen/queue';
import { z } from 'zod';
import { cursorOf, readCursor } from '../http/cursor.ts';
import { parametersOf } from '../http/query.ts';
import { defineRoute } from '../http/route.ts';
import { fieldsOf, issueOf } from '../http/unknown-fields.ts';
import { callerIn } from '../middleware/callers.ts';
import { ProblemError } from '../problem.ts';

/** OpenAPI describes parameters with arbitrary names as the properties of an object. */
const metadata = z
  .record(z.string().regex(/^metadata\.[\w.-]{1,64}$/), z.string())
  .optional()
  .meta({
    description:
      '`metadata.<name>=<value>`, e.g. `metadata.ticket=17`: jobs whose `metadata` has this value; may be repeated for other names',
    param: { style: 'form', explode: true },
  });

export const listJobs = defineRoute({
  id: 'listJobs',
  method: 'get',
  path: '/jobs',
  tag: 'Jobs',
  summary: 'List your jobs, newest first',
  parameters: { query: z.object({ ...jobListSchema.shape, 'metadata.<name>': metadata }) },
  responses: { 200: { description: 'A page of jobs', body: jobPageSchema } },
  problems: ['invalid-filter', 'malformed-cursor'],
  handler: (deps) => async (request, response) => {
    const { filter, before, limit } = readJobList(parametersOf(request.url));
    const { runs, next } = await deps.runs.list(callerIn(response), filter, before, limit);
    const jobs = runs.map((run) => toJob(deps, run));
    response.set('Cache-Control', 'no-store').json({ jobs, next: next && cursorOf(next) });
  },
});

interface JobList {
  readonly filter: RunFilter;
  readonly before: RunCursor | null;
  readonly limit: number;
}

const METADATA = 'metadata.';

const PARAMETERS = [...fieldsOf(jobListSchema), `${METADATA}<name>`];

/** @throws ProblemError that names the parameter */
export function readJobList(parameters: URLSearchParams): JobList {
  // No prototype: a parameter may be called `constructor`.
  const plain: Record<string, string> = Object.create(null);
  const metadata: Record<string, string> = Object.create(null);
  for (const [name, value] of parameters) {
    const [target, key] = name.startsWith(METADATA) ? [metadata, name.slice(METADATA.length)] : [plain, name];
    if (Object.hasOwn(target, key))
      throw new ProblemError('invalid-filter', `Give ${name.slice(0, 100)} once.`);
    if (target === metadata && !metadataNameSchema.safeParse(key).success)
      throw new ProblemError('invalid-filter', `${name.slice(0, 100)} is not a name that metadata can have.`);
    target[key] = value;
  }
  const parsed = jobListSchema.safeParse(plain);
  if (!parsed.success) throw new ProblemError('invalid-filter', issueOf(parsed.error, PARAMETERS));
  const { limit = 20, cursor, ...fields } = parsed.data;
  const filter = Object.fromEntries(
    Object.entries({ ...fields, metadata }).filter(([, value]) => value !== undefined),
  );
  return { filter, before: cursor === undefined ? null : readCursor(cursor), limit };
}
