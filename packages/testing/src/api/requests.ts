import { expectMatchesOpenApi } from './openapi-check.ts';
import type { Reply, Service } from './service.ts';

type Body = string | Buffer<ArrayBuffer> | null;

/** Sends a request of any method with an unchanged body. */
export async function send(
  { url }: Pick<Service, 'url'>,
  method: string,
  path: string,
  body: Body = null,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const response = await fetch(`${url}${path}`, { method, body, headers });
  const text = await response.text();
  const json = /json/.test(response.headers.get('Content-Type') ?? '') ? JSON.parse(text) : null;
  const reply = { status: response.status, headers: response.headers, body: text, json };
  expectMatchesOpenApi(method, path, reply);
  return reply;
}

export const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Sends POST /jobs. */
export const postJob = (service: Pick<Service, 'url'>, job: unknown, headers: Record<string, string> = {}) =>
  send(service, 'POST', '/jobs', JSON.stringify(job), { ...JSON_TYPE, ...headers });

/** `path` is `/jobs/:id`. */
export const cancelJob = (service: Pick<Service, 'url'>, path: string) =>
  send(service, 'POST', `${path}/cancel`);
export const deleteJob = (service: Pick<Service, 'url'>, path: string) => send(service, 'DELETE', path);
