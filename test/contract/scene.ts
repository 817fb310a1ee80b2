import type { Operation } from './document.ts';
import { exchange, type Reply } from './exchange.ts';
import { ENDLESS, KEY, type Site } from './site.ts';
import { assembled, type Parts, validRequest } from './valid.ts';

/** One operation at a running service, about to be asked for something. */
export interface Scene {
  readonly site: Site;
  readonly operation: Operation;
  readonly valid: Parts;
  /** Sends the plainest valid request, with some of its parts changed. */
  send(changes?: Partial<Parts>, url?: string): Promise<Reply>;
  /** The id of a new job that has finished, with a webhook or without, or of one that will not. */
  finishedJob(webhook?: string): Promise<string>;
  endlessJob(): Promise<string>;
}

/** How one outcome of an operation comes about. */
export type Scenario = (scene: Scene) => Promise<Reply>;

export async function setScene(site: Site, operation: Operation): Promise<Scene> {
  const finishedJob = (webhook?: string) =>
    startJob(site, 'Write a Python function to reverse a string', 'wait=50', webhook);
  const jobId = operation.path.includes('{id}') ? await finishedJob() : '';
  const valid = validRequest(site.document, operation, jobId);
  return {
    site,
    operation,
    valid,
    send: (changes = {}, url = site.url) => exchange(url, assembled({ ...valid, ...changes })),
    finishedJob,
    endlessJob: () => startJob(site, `Count ${ENDLESS}`, 'respond-async'),
  };
}

export async function startJob(
  { url }: Pick<Site, 'url'>,
  query: string,
  prefer: string,
  webhook?: string,
): Promise<string> {
  const headers = { Authorization: `Bearer ${KEY}`, 'Content-Type': 'application/json', Prefer: prefer };
  const { body } = await exchange(url, {
    method: 'post',
    path: '/jobs',
    headers,
    body: JSON.stringify({ query, webhook }),
  });
  return JSON.parse(body).id;
}
