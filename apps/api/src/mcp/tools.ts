import { jobOptionFields, jobRequestSchema } from '@codegen/contract';
import type { OnDisconnect, StoredRun } from '@codegen/queue';
import {
  acceptedContent,
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type InputRequiredResult,
  inputRequired,
  McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import manifest from '../../package.json' with { type: 'json' };
import { findRunOf } from '../http/job.ts';
import type { AppDeps } from '../http/route.ts';
import { requireJob } from '../http/submission.ts';
import { checkQuota } from '../middleware/callers.ts';
import type { RequestTrace } from '../middleware/telemetry.ts';
import type { ReadProblem } from '../problem.ts';
import { ProblemError } from '../problem.ts';
import { readJobRequest } from '../routes/create-job.ts';
import { errorResult, jobResultSchema, toResult } from './job-result.ts';
import { MAX_WAIT_SECONDS, waitForRun } from './waiting.ts';

type ToolResult = CallToolResult | InputRequiredResult;

const { deadlineSeconds, maxCostUsd, effort } = jobOptionFields;
const jobId = z.string().describe('The jobId of an earlier result');
const jobArguments = z.object({ jobId });

const requestArguments = z.object({
  query: z.string().describe('What code is wanted, in plain words, with all requirements'),
  deadlineSeconds,
  maxCostUsd,
  effort,
});

const { previousJobId, files } = jobRequestSchema.shape;
const editArguments = requestArguments.extend({
  query: z.string().describe('What to change, in plain words'),
  previousJobId: previousJobId.describe('The jobId of a finished job whose code to change'),
  files,
});

type CodeRequest = z.output<typeof editArguments>;

/** The key of the question and its answer in requests for input. */
const QUESTION = 'question';
const answerSchema = z.object({ answer: z.string().describe('Your answer') });

const INSTRUCTIONS =
  'Writes code from a description, with several language models that draft, compare and polish it. A job takes from some ' +
  'seconds to some minutes. A result with the status running names the job: call get_job with its jobId.';

export interface ToolDeps extends AppDeps {
  readonly readProblem: ReadProblem;
  readonly caller: string;
  readonly origin: RequestTrace;
  /** What happens to the job of a call when the client disconnects. */
  readonly onDisconnect: OnDisconnect;
}

/** A server for one request of one caller. */
export function createToolServer(deps: ToolDeps): McpServer {
  const { runs, caller, origin, onDisconnect, readProblem } = deps;
  const server = new McpServer(
    { name: 'codegen', version: manifest.version },
    { instructions: INSTRUCTIONS },
  );

  const find = (id: string) => findRunOf(runs, id, caller);
  const result = (run: StoredRun) => toResult(deps, run);
  const answered = async (work: () => Promise<ToolResult>) => {
    try {
      return await work();
    } catch (error) {
      return errorResult(readProblem(error, origin.requestId));
    }
  };
  const wait = (id: string, seconds: number, context: ServerContext) =>
    waitForRun(deps, id, Math.min(seconds, deps.syncWaitSeconds), onDisconnect, context);

  const outputSchema = jobResultSchema;
  server.registerTool(
    'generate_code',
    {
      title: 'Generate code',
      description: 'Writes a program, a module or a function from a description.',
      inputSchema: requestArguments,
      outputSchema,
      annotations: { destructiveHint: false, openWorldHint: true },
    },
    (request, context) => answered(() => generateCode(request, context)),
  );
  server.registerTool(
    'edit_code',
    {
      title: 'Edit code',
      description:
        'Changes code: that of an earlier job, or that of files. Returns all files and a diff. Also answers the question of an ' +
        'ambiguous request: pass its jobId as previousJobId and the answer as query.',
      inputSchema: editArguments,
      outputSchema,
      annotations: { destructiveHint: false, openWorldHint: true },
    },
    (request, context) =>
      answered(() => {
        if (request.previousJobId === undefined && request.files === undefined)
          throw new ProblemError(
            'invalid-job-request',
            'Give previousJobId, files or both: the code to change.',
          );
        return generateCode(request, context);
      }),
  );
  server.registerTool(
    'get_job',
    {
      title: 'Read a job',
      description: 'Waits for a job that generate_code or edit_code started, and returns its code.',
      inputSchema: z.object({
        jobId,
        wait: z.number().min(0).max(MAX_WAIT_SECONDS).default(MAX_WAIT_SECONDS).describe('Seconds to wait'),
      }),
      outputSchema,
      annotations: { readOnlyHint: true },
    },
    ({ jobId, wait: seconds }, context) =>
      answered(async () => {
        const run = await find(jobId);
        return result(run.outcome === null && seconds > 0 ? await wait(run.id, seconds, context) : run);
      }),
  );
  server.registerTool(
    'accept_job',
    {
      title: 'Accept the code of a running job',
      description: 'Stops a running job and makes its provisionalCode the result.',
      inputSchema: jobArguments,
      outputSchema,
      annotations: { destructiveHint: false, idempotentHint: true },
    },
    ({ jobId }) =>
      answered(async () => {
        const { id } = await find(jobId);
        if ((await runs.accept(id)) === 'no-code') {
          throw new ProblemError('nothing-to-accept', 'Try again when provisionalCode is not null.');
        }
        return result(await find(id));
      }),
  );
  server.registerTool(
    'cancel_job',
    {
      title: 'Cancel a job',
      description: 'Stops a job. Its model calls are aborted. A finished job stays as it is.',
      inputSchema: jobArguments,
      outputSchema,
      annotations: { destructiveHint: true, idempotentHint: true },
    },
    ({ jobId }) =>
      answered(async () => {
        const { id } = await find(jobId);
        await runs.cancel(id);
        return result(await find(id));
      }),
  );
  return server;

  /** Starts a job, waits for it, and asks the user its question if the client can. */
  async function generateCode(request: CodeRequest, context: ServerContext): Promise<ToolResult> {
    const ambiguous = await ambiguousRun(context);
    const reply = acceptedContent(context.mcpReq.inputResponses, QUESTION, answerSchema);
    // The user declined to answer.
    if (ambiguous !== null && reply === undefined) return result(ambiguous);
    const id = await start(
      reply && ambiguous ? { ...request, query: reply.answer, previousJobId: ambiguous.id } : request,
    );
    const run = await wait(id, MAX_WAIT_SECONDS, context);
    const question = questionOf(run);
    if (question === null || !canAsk(context)) return result(run);
    const elicitation = inputRequired.elicit({ message: question, requestedSchema: answerSchema });
    return inputRequired({ inputRequests: { [QUESTION]: elicitation }, requestState: run.id });
  }

  /** The run whose question the client answers with this request; null if it answers none. */
  function ambiguousRun({ mcpReq }: ServerContext): Promise<StoredRun> | null {
    // Comes from the client. `find` returns runs of this caller only.
    const id: unknown = mcpReq.requestState();
    return typeof id === 'string' ? find(id) : null;
  }

  /** @returns the id of the job @throws ProblemError if the request is not valid or a limit is reached */
  async function start(request: CodeRequest): Promise<string> {
    const quota = await runs.countStart(caller);
    if (quota !== null) checkQuota(quota);
    const { conversation, previousJobId, files, options } = readJobRequest(request, deps);
    const context = { previousJobId, files, options };
    const submission = await runs.submit(conversation, { caller, ...context, onDisconnect, ...origin });
    requireJob(submission);
    return submission.id;
  }
}

function questionOf({ outcome }: StoredRun): string | null {
  return outcome?.status === 'completed' && 'feedback' in outcome.response ? outcome.response.feedback : null;
}

/** Whether the client can ask its user. Clients of the 2025 protocols cannot: their capabilities belong to a session. */
function canAsk({ mcpReq }: ServerContext): boolean {
  const envelope: Readonly<Record<string, unknown>> = mcpReq.envelope ?? {};
  const { elicitation } = (envelope[CLIENT_CAPABILITIES_META_KEY] ?? {}) as ClientCapabilities;
  // A client that only opens URLs has no forms.
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}
