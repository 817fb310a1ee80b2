import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { storedKeys } from '../redis/stored-keys.ts';
import { type Service, until } from './service.ts';

/** Sends a request on a socket that the test can destroy before the response. */
export async function openConnection(
  { url }: Pick<Service, 'url'>,
  method: string,
  target: string,
  headers: readonly string[] = [],
  body = '',
): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const client = connect({ host: hostname, port: Number(port) });
  await once(client, 'connect');
  const length = body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${body.length}`];
  const head = [`${method} ${target} HTTP/1.1`, 'Host: x', ...headers, ...length];
  client.resume().write([...head, '', body].join('\r\n'));
  return client;
}

const listed = async ({ namespace }: Service, key: string): Promise<string[]> =>
  JSON.parse((await storedKeys(namespace)).get(key) ?? '[]');

/** Resolves when `count` clients wait for a job. */
export const waitForClients = (service: Service, path: string, count: number) =>
  until(async () => (await listed(service, `clients:${path.slice('/jobs/'.length)}`)).length === count);

/** Whether a job will be cancelled after the grace period. */
export const hasAbandonmentCheck = async (service: Service, path: string) =>
  (await listed(service, 'abandonment-checks')).includes(path.slice('/jobs/'.length));
