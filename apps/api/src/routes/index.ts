import type { Route } from '../http/route.ts';
import { about } from './about.ts';
import { acceptJob } from './accept-job.ts';
import { listUsage } from './admin/list-usage.ts';
import { pauseIntake } from './admin/pause-intake.ts';
import { readState } from './admin/read-state.ts';
import { resumeIntake } from './admin/resume-intake.ts';
import { retryJob } from './admin/retry-job.ts';
import { cancelJob } from './cancel-job.ts';
import { createJob } from './create-job.ts';
import { deleteJob } from './delete-job.ts';
import { docs } from './docs.ts';
import { docsFile } from './docs-file.ts';
import { explainProblem } from './explain-problem.ts';
import { followJob } from './follow-job.ts';
import { generate } from './generate.ts';
import { isAlive } from './healthz.ts';
import { listJobs } from './list-jobs.ts';
import { openApi } from './openapi.ts';
import { pageFile } from './page/page-file.ts';
import { readPrompts } from './page/read-prompts.ts';
import { rerunJob } from './page/rerun-job.ts';
import { readJob } from './read-job.ts';
import { readUsage } from './read-usage.ts';
import { isReady } from './readyz.ts';
import { redeliverWebhook } from './redeliver-webhook.ts';
import { deleteThread } from './threads/delete-thread.ts';
import { listThreads } from './threads/list-threads.ts';
import { readThread } from './threads/read-thread.ts';
import { cancelResponse } from './v1/cancel-response.ts';
import { createChatCompletion } from './v1/create-chat-completion.ts';
import { createResponse } from './v1/create-response.ts';
import { deleteResponse } from './v1/delete-response.ts';
import { listModels } from './v1/list-models.ts';
import { readModel } from './v1/read-model.ts';
import { readResponse } from './v1/read-response.ts';

/** Every endpoint, in the order of the OpenAPI document. */
export const routes: readonly Route[] = [
  generate,
  createJob,
  listJobs,
  readJob,
  followJob,
  acceptJob,
  cancelJob,
  rerunJob,
  readPrompts,
  redeliverWebhook,
  deleteJob,
  readUsage,
  listThreads,
  readThread,
  deleteThread,
  createChatCompletion,
  listModels,
  readModel,
  createResponse,
  readResponse,
  cancelResponse,
  deleteResponse,
  readState,
  pauseIntake,
  resumeIntake,
  retryJob,
  listUsage,
  about,
  isAlive,
  isReady,
  explainProblem,
  openApi,
  docs,
  docsFile,
  pageFile,
];
