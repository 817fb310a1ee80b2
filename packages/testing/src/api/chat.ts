import { JSON_TYPE, send } from './requests.ts';
import type { Reply, Service } from './service.ts';

export const user = (content: unknown) => ({ role: 'user', content });
export const assistant = (content: unknown) => ({ role: 'assistant', content });

/** Sends POST /v1/chat/completions with the model `codegen`, unless the body names another. */
export const postChat = (service: Pick<Service, 'url'>, body: object, headers: Record<string, string> = {}) =>
  post(service, '/v1/chat/completions', { model: 'codegen', ...body }, headers);

/** Sends POST /v1/responses in the same way. */
export const postResponse = (
  service: Pick<Service, 'url'>,
  body: object,
  headers: Record<string, string> = {},
) => post(service, '/v1/responses', { model: 'codegen', ...body }, headers);

const post = (
  service: Pick<Service, 'url'>,
  path: string,
  body: object,
  headers: Record<string, string>,
): Promise<Reply> => send(service, 'POST', path, JSON.stringify(body), { ...JSON_TYPE, ...headers });

/** The `data` of the events in a stream, without `[DONE]`. */
// biome-ignore lint/suspicious/noExplicitAny: tests know the shape
export const eventsIn = ({ body }: Pick<Reply, 'body'>): any[] =>
  [...body.matchAll(/^data: (\{.*\})$/gm)].map(([, data = '']) => JSON.parse(data));

/** The text that the deltas of a streamed chat completion form. */
export const textIn = (
  reply: Pick<Reply, 'body'>,
  field: 'content' | 'reasoning' | 'reasoning_content',
): string =>
  eventsIn(reply)
    .map(({ choices }) => choices?.[0]?.delta[field] ?? '')
    .join('');
