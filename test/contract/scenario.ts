import type { Operation } from '@codegen/testing/openapi/document';
import { type Reply, sendRequest } from '@codegen/testing/openapi/http-request';
import { ENDLESS, KEY, type Site } from './site.ts';
import { buildRequest, type RequestParts, validRequest } from './valid-request.ts';

/** An operation of a running service, and the means to bring about its outcomes. */
export interface Setup {
  readonly site: Site;
  readonly operation: Operation;
  readonly valid: RequestParts;
  /** Sends the smallest valid request with some parts replaced. */
  send(changes?: Partial<RequestParts>, url?: string): Promise<Reply>;
  /** Creates a job, waits until it has finished and returns its id. */
  finishedJob(webhook?: string): Promise<string>;
  /** Creates a job that does not finish and returns its id. */
  endlessJob(): Promise<string>;
}

/** Brings about one outcome of an operation. */
export type Scenario = (setup: Setup) => Promise<Reply>;

export async function setUp(site: Site, operation: Operation): Promise<Setup> {
  const finishedJob = (webhook?: string) =>
    startJob(site, 'Write a Python function to reverse a string', 'wait=50', { webhook });
  const failedJob = () => startJob(site, 'Write a poem', 'wait=50', { maxCostUsd: 1e-9 });
  const newJob = operation.operationId === 'retryJob' ? failedJob : finishedJob;
  const jobId = /\{(?:id|responseId)\}/.test(operation.path) ? await newJob() : '';
  const valid = validRequest(site.document, operation, jobId);
  return {
    site,
    operation,
    valid,
    send: (changes = {}, url = site.url) => sendRequest(url, buildRequest({ ...valid, ...changes })),
    finishedJob,
    endlessJob: () => startJob(site, `Count ${ENDLESS}`, 'respond-async'),
  };
}

export async function startJob(
  { url }: Pick<Site, 'url'>,
  query: string,
  prefer: string,
  options: { readonly webhook?: string | undefined; readonly maxCostUsd?: number } = {},
): Promise<string> {
  const headers = { Authorization: `Bearer ${KEY}`, 'Content-Type': 'application/json', Prefer: prefer };
  const { body } = await sendRequest(url, {
    method: 'post',
    path: '/jobs',
    headers,
    body: JSON.stringify({ query, ...options }),
  });
  return JSON.parse(body).id;
}
