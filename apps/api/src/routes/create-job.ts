import {
  acceptedJobSchema,
  type EstimateResponse,
  estimateSchema,
  jobRequestSchema,
  jobSchema,
} from '@codegen/contract';
import { dollars, toJob } from '@codegen/contract/to-job';
import {
  CLASSIFIED_ROUTES,
  type Conversation,
  type Effort,
  type Estimate,
  estimate,
  fromQuery,
  type Graph,
  type SourceFile,
} from '@codegen/pipeline';
import type { RequestedOptions, Runs } from '@codegen/queue';
import { z } from 'zod';
import { sendJob } from '../http/job.ts';
import {
  acceptedHeaders,
  createAcceptedHeaders,
  idempotencyKeyHeader,
  parsePrefer,
  preferHeader,
  readIdempotencyKey,
  replayedHeader,
  simulatedHeader,
  submissionHeaders,
  waitSeconds,
} from '../http/job-headers.ts';
import { checkFiles, checkWebhook, toRunOptions } from '../http/job-options.ts';
import { charsOf, checkText, parametersOf, readFlag } from '../http/query.ts';
import { defineRoute } from '../http/route.ts';
import { requireJob, setSubmissionHeaders } from '../http/submission.ts';
import { fieldsOf, issueOf, rejectMisspelled } from '../http/unknown-fields.ts';
import {
  loadAfterWait,
  onDisconnectHeader,
  onDisconnectQuery,
  readOnDisconnect,
  waitFor,
} from '../http/waiting.ts';
import { callerIn } from '../middleware/callers.ts';
import { requestTraceOf } from '../middleware/telemetry.ts';
import { ProblemError } from '../problem.ts';

const queryParameters = z.object({
  validateOnly: z
    .enum(['true', 'false'])
    .optional()
    .describe('`true` validates and estimates the job without starting it'),
  ...onDisconnectQuery,
});

export const createJob = defineRoute({
  id: 'createJob',
  method: 'post',
  path: '/jobs',
  tag: 'Jobs',
  summary: 'Start a job',
  startsJob: true,
  parameters: {
    query: queryParameters,
    header: z.object({ ...preferHeader, ...idempotencyKeyHeader, ...onDisconnectHeader }),
  },
  body: jobRequestSchema,
  responses: {
    200: {
      description: 'The finished job; with `validateOnly` the estimate',
      body: z.union([jobSchema, estimateSchema]),
      headers: z.object({ ...submissionHeaders, ...replayedHeader, ...simulatedHeader }).partial(),
    },
    202: {
      description: 'The unfinished job',
      body: z.union([jobSchema, acceptedJobSchema]),
      headers: z.object({ ...submissionHeaders, ...replayedHeader, ...acceptedHeaders }),
    },
  },
  problems: [
    'malformed-preference',
    'malformed-idempotency-key',
    'malformed-json',
    'unsupported-media-type',
    'invalid-parameter',
    'invalid-job-request',
    'invalid-file',
    'files-too-large',
    'unknown-job',
    'job-not-finished',
    'model-not-allowed',
    'invalid-webhook',
    'webhooks-not-configured',
    'conversation-too-long',
    'idempotency-key-reused',
    'blank-query',
    'unreadable-query',
    'too-many-jobs',
    'overloaded',
    'spending-limit-reached',
    'intake-paused',
  ],
  handler: (deps) => async (request, response) => {
    const preference = parsePrefer(request.get('Prefer'));
    const parameters = parametersOf(request.url);
    rejectMisspelled(parameters, fieldsOf(queryParameters));
    const validateOnly = readFlag(parameters, 'validateOnly', false);
    const { conversation, previousJobId, files, metadata, wait, options, ...rest } = readJobRequest(
      request.body,
      { ...deps, allowedModels: deps.keyRing.limitsOf(callerIn(response)).models ?? deps.allowedModels },
    );
    const webhook = checkWebhook(rest.webhook, deps.webhooks);
    const idempotencyKey = readIdempotencyKey(request);
    const onDisconnect = readOnDisconnect(request);
    if (validateOnly) {
      const body = await estimateResource(deps, { effort: deps.effort, ...options });
      return void response.set('Cache-Control', 'no-store').json(body);
    }
    const caller = callerIn(response);
    const submission = await deps.runs.submit(conversation, {
      caller,
      previousJobId,
      files,
      metadata,
      webhook,
      idempotencyKey,
      options,
      onDisconnect,
      ...requestTraceOf(response),
    });
    requireJob(submission);
    setSubmissionHeaders(response, submission);

    const { id } = submission;
    const seconds = waitSeconds(preference, deps.syncWaitSeconds, wait ?? 0);
    const finished = await waitFor(id, seconds, onDisconnect, response, deps);
    if (response.destroyed) return;
    const run = finished ?? (await loadAfterWait(deps.runs, id, response));
    if (run?.outcome) return sendJob(response, deps, run);
    response
      .status(202)
      .set(createAcceptedHeaders(response, id, preference, seconds))
      .json(run ? toJob(deps, run) : { id, status: 'queued' });
  },
});

export interface JobRequest {
  readonly conversation: Conversation;
  readonly previousJobId: string | null;
  readonly files: readonly SourceFile[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Not validated. */
  readonly webhook: string | null;
  /** Seconds. */
  readonly wait: number | null;
  readonly options: RequestedOptions;
}

interface RequestLimits {
  readonly maxQueryChars: number;
  readonly maxFilesBytes: number;
  readonly allowedModels: readonly string[];
}

/** @throws ProblemError that names the field */
export function readJobRequest(body: unknown, limits: RequestLimits): JobRequest {
  const { maxQueryChars, maxFilesBytes, allowedModels } = limits;
  const parsed = jobRequestSchema.safeParse(body);
  if (!parsed.success) {
    const detail = issueOf(parsed.error, fieldsOf(jobRequestSchema), jobRequestSchema);
    throw new ProblemError('invalid-job-request', detail);
  }
  const { query, messages, previousJobId = null, files = [], ...others } = parsed.data;
  const { metadata = {}, webhook = null, wait = null, ...options } = others;
  const conversation = messages ?? fromQuery(query ?? '');
  for (const { content } of conversation) {
    const name = messages === undefined ? 'query' : 'message';
    checkText(name, content, maxQueryChars, 'conversation-too-long');
  }
  const chars = conversation.reduce((sum, { content }) => sum + charsOf(content), 0);
  if (chars > maxQueryChars) {
    throw new ProblemError(
      'conversation-too-long',
      `All messages together may have ${maxQueryChars} characters; they have ${chars}.`,
    );
  }
  return {
    conversation,
    previousJobId: previousJobId?.toLowerCase() ?? null,
    files: checkFiles(files, maxFilesBytes),
    metadata,
    webhook: typeof webhook === 'object' ? (webhook?.url ?? null) : webhook,
    wait,
    options: toRunOptions(options, allowedModels),
  };
}

/** Cost and duration by route, estimated from recent calls. */
export async function estimateResource(
  { graph, runs }: { readonly graph: Graph; readonly runs: Pick<Runs, 'samples'> },
  { models = {}, route, effort }: RequestedOptions & { readonly effort: Effort },
) {
  const samples = await runs.samples();
  const routes = route ? [route] : CLASSIFIED_ROUTES;
  const entries = routes.map(
    (one) => [one, toResource(estimate(graph, one, samples, { models, effort }))] as const,
  );
  return { valid: true, estimate: Object.fromEntries(entries) } satisfies EstimateResponse;
}

const toResource = ({ cost, durationMs, calls, unknown, stages, simulated }: Estimate) => ({
  cost: cost && { low: dollars(cost.low), high: dollars(cost.high) },
  durationMs,
  basedOn: { calls, simulated },
  stages,
  note: noteOf(unknown, cost === null),
});

/** Why a figure is missing; null if none is. */
function noteOf(unknown: readonly string[], unpriced: boolean): string | null {
  if (unknown.length > 0) return `No recent calls of ${unknown.join(', ')}.`;
  return unpriced ? 'The model server reports no cost.' : null;
}
