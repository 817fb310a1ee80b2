import type { Job, JobProblem, OutputItem, ResponseObject } from '@codegen/contract';
import { toJob } from '@codegen/contract/to-job';
import type { StoredRun } from '@codegen/queue';
import type { HandlerDeps } from '../http/route.ts';
import { usageOf } from './completion.ts';
import { answerOf } from './markdown.ts';
import { modelOf, reasoningEffortOf } from './model.ts';
import { progressOfJob } from './progress.ts';

const PREFIX = 'resp_';

export const responseIdOf = (job: string): string => `${PREFIX}${job}`;

/** The id of the job of a response; '' if it is not the id of a response. */
export const jobIdOf = (responseId: string): string =>
  responseId.startsWith(PREFIX) ? responseId.slice(PREFIX.length) : '';

const STATUSES = {
  queued: 'queued',
  running: 'in_progress',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
} as const satisfies Record<Job['status'], ResponseObject['status']>;

/** A run as a response of OpenAI's Responses API. */
export function toResponse(
  view: Pick<HandlerDeps, 'graph' | 'retentionSeconds'>,
  run: StoredRun,
): ResponseObject {
  const job = toJob(view, run) as Job;
  const isFinished = job.finishedAt !== null;
  return {
    id: responseIdOf(run.id),
    object: 'response',
    status: STATUSES[job.status],
    model: modelOf(run.options.route),
    created_at: Math.floor(run.createdAt / 1_000),
    completed_at: run.finishedAt === null ? null : Math.floor(run.finishedAt / 1_000),
    background: true,
    store: true,
    previous_response_id: run.previousJobId === null ? null : responseIdOf(run.previousJobId),
    output: isFinished ? outputOf(job) : [],
    error: errorOf(job),
    incomplete_details: null,
    instructions: null,
    metadata: { ...job.metadata },
    parallel_tool_calls: false,
    tool_choice: 'none',
    tools: [],
    temperature: null,
    top_p: null,
    text: { format: { type: 'text' } },
    reasoning: { effort: reasoningEffortOf(run.options.effort), summary: null },
    truncation: 'disabled',
    usage: isFinished ? responseUsageOf(job) : null,
  };
}

/** The progress of a finished job, and its answer if it has one. */
function outputOf(job: Job): OutputItem[] {
  const reasoning = reasoningItem(job.id, 'completed', progressOfJob(job));
  return job.status === 'completed'
    ? [reasoning, messageItem(job.id, 'completed', answerOf(job))]
    : [reasoning];
}

type ItemStatus = OutputItem['status'];

/** @param text null for an item without its text yet */
export const reasoningItem = (job: string, status: ItemStatus, text: string | null) =>
  ({
    id: `rs_${job}`,
    type: 'reasoning',
    status,
    summary: text === null ? [] : [{ type: 'summary_text' as const, text }],
  }) as const;

export const messageItem = (job: string, status: ItemStatus, text: string | null) =>
  ({
    id: `msg_${job}`,
    type: 'message',
    role: 'assistant',
    status,
    content: text === null ? [] : [outputText(text)],
  }) as const;

export const outputText = (text: string) => ({
  type: 'output_text' as const,
  text,
  annotations: [],
  logprobs: [],
});

function errorOf({
  status,
  problem,
}: {
  readonly status: Job['status'];
  readonly problem: JobProblem | null;
}) {
  if (problem !== null)
    return { code: problem.type.slice('/problems/'.length), message: `${problem.title}. ${problem.detail}` };
  return status === 'cancelled' ? { code: 'job-cancelled', message: 'The job was cancelled.' } : null;
}

function responseUsageOf(job: Job): ResponseObject['usage'] {
  const usage = usageOf(job);
  return {
    input_tokens: usage.prompt_tokens,
    input_tokens_details: usage.prompt_tokens_details,
    output_tokens: usage.completion_tokens,
    output_tokens_details: usage.completion_tokens_details,
    total_tokens: usage.total_tokens,
    cost: usage.cost,
  };
}
