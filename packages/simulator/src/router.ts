import type { IncomingMessage, ServerResponse } from 'node:http';
import { generation, keyDetails } from './account.ts';
import { listCalls, readRules, summariseCalls } from './admin.ts';
import { followCalls } from './call-feed.ts';
import { catalogue } from './catalogue.ts';
import { completions } from './completions.ts';
import { type Context, checkKey } from './context.ts';
import { ApiError } from './http/api-error.ts';
import { sendJson } from './http/send-json.ts';

/** Throws an `ApiError` or a `Problem` for what it does not answer itself. */
export async function route(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const parameters = new URLSearchParams(query);
  switch (`${request.method} ${path.replace(/^\/api(?=\/v1\/)/, '')}`) {
    case 'POST /v1/chat/completions':
      return completions(context, request, response);
    case 'GET /v1/models':
      return sendJson(response, 200, catalogue());
    case 'GET /v1/key':
      checkKey(context, request);
      return sendJson(response, 200, keyDetails(context.calls));
    case 'GET /v1/generation':
      checkKey(context, request);
      return sendJson(response, 200, generation(context.calls, parameters.get('id')));
    case 'POST /_simulator/faults': {
      const rules = await readRules(request);
      for (const rule of rules) context.rules.add(rule);
      return sendJson(response, 201, { added: rules.length });
    }
    case 'DELETE /_simulator/faults':
      context.rules.clear();
      return void response.writeHead(204).end();
    case 'GET /_simulator/calls':
      if (parameters.has('follow')) return followCalls(context.calls, response);
      return sendJson(response, 200, (parameters.has('summary') ? summariseCalls : listCalls)(context.calls));
    case 'DELETE /_simulator/calls':
      context.calls.clear();
      return void response.writeHead(204).end();
    default:
      throw new ApiError(404, `Simulated: there is no ${request.method} ${path}`);
  }
}
