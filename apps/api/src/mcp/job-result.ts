import { jobSchema } from '@codegen/contract';
import { type JobView, toJob } from '@codegen/contract/to-job';
import type { StoredRun } from '@codegen/queue';
import type { CallToolResult } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { ProblemError } from '../problem.ts';

const {
  id,
  threadId,
  previousJobId,
  diff,
  status,
  route,
  simulated,
  cost,
  durationMs,
  degraded,
  problem,
  language,
  files,
} = jobSchema.shape;

/** The structured result of every tool. */
export const jobResultSchema = z.object({
  jobId: id.describe('Pass it as previousJobId to edit_code to change this code'),
  threadId,
  previousJobId,
  status: status.describe('`queued` or `running`: call get_job with the jobId'),
  question: z
    .string()
    .nullable()
    .describe(
      'The request was ambiguous: ask the user, and send the answer with edit_code, with this jobId as previousJobId',
    ),
  files: files.describe('The code. A file without a name is the whole program'),
  diff,
  language,
  provisionalCode: z
    .string()
    .nullable()
    .describe('The best code of a running job; accept_job makes it the result'),
  route,
  simulated,
  cost,
  durationMs,
  degraded,
  problem,
});

type JobResult = z.output<typeof jobResultSchema>;

/** The result of a tool: the job as structured content, and its code, question or state as text. */
export function toResult(view: JobView, run: StoredRun): CallToolResult {
  const { id, result, provisional, ...job } = toJob(view, run);
  const question = result?.feedback ?? null;
  const found = { ...job, jobId: id, question, provisionalCode: provisional?.code ?? null };
  // Drops the other fields of the job.
  const structuredContent = jobResultSchema.parse(found);
  return {
    structuredContent,
    content: [{ type: 'text', text: textOf(structuredContent) }],
    ...(job.status === 'failed' && { isError: true }),
  };
}

function textOf({ jobId, status, question, files, provisionalCode, problem, simulated }: JobResult): string {
  if (problem !== null) return `${problem.title}: ${problem.detail}`;
  if (question !== null) return question;
  if (status === 'cancelled') return `Job ${jobId} is cancelled.`;
  if (status !== 'completed') {
    const accept = provisionalCode === null ? '' : ', or accept_job to stop it with the code that it has';
    return `Job ${jobId} is ${status}. Call get_job with this jobId to wait for the code${accept}.`;
  }
  const note = simulated ? ['A canned answer: no model was called.'] : [];
  return [...note, ...files.map(blockOf)].join('\n\n');
}

/** A fenced block. The fence is longer than any in the content. */
function blockOf({ name, language, content }: JobResult['files'][number]): string {
  const longest = Math.max(2, ...(content.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${name === null ? '' : `${name}\n`}${fence}${language ?? ''}\n${content.replace(/\n$/, '')}\n${fence}`;
}

/** The result of a tool that failed, for the model that called it. */
export const errorResult = ({ problem }: Pick<ProblemError, 'problem'>): CallToolResult => ({
  isError: true,
  content: [{ type: 'text', text: `${problem.title}: ${problem.detail} (${problem.type})` }],
});
