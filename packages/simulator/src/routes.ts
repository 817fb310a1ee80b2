import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { type CallLog, type CallRecord, followCalls } from './call-log.ts';
import { type Context, checkKey, completions } from './completions.ts';
import { type FaultRule, faultRule } from './faults/fault-rules.ts';
import { ApiError, Problem } from './http/errors.ts';
import { readJson, sendJson, sendPage } from './http/json.ts';
import { catalogue } from './pricing.ts';
import { failPath } from './servers/profiles.ts';
import type { ServerProfile } from './servers/server-profile.ts';

/** @throws ApiError or Problem, which the caller sends as the response */
export async function route(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const parameters = new URLSearchParams(query);
  const { server } = context;
  const page = server?.pages?.[`${request.method} ${path}`];
  if (page !== undefined) return sendPage(response, 200, page);
  switch (
    `${request.method} ${server ? pathOf(server, request, path) : path.replace(/^\/api(?=\/v1\/)/, '')}`
  ) {
    case 'POST /v1/chat/completions':
      return completions(context, request, response);
    case 'GET /v1/models':
      if (server?.listsOnlyWithKey) checkKey(context, request);
      return sendJson(response, 200, server ? server.list(server.models) : catalogue());
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
      if (server) failPath(server, request, path);
      throw new ApiError(404, `Simulated: there is no ${request.method} ${path}`);
  }
}

/** The path as if the API were at `/v1`. @throws RawError if it is not a path of the server */
function pathOf(server: ServerProfile, request: IncomingMessage, path: string): string {
  if (path.startsWith('/_simulator/')) return path;
  const base = server.basePaths.find((one) => path.startsWith(`${one}/`));
  const rest = base === undefined ? '' : path.slice(base.length);
  const isKnown =
    /^\/(models|chat\/completions)$/.test(rest) || (server.openRouter && /^\/(key|generation)$/.test(rest));
  return isKnown ? `/v1${rest}` : failPath(server, request, path);
}

/** The response to `GET /key`. */
function keyDetails(calls: CallLog) {
  const usage = calls.all().reduce((sum, call) => sum + (call.usage?.cost ?? 0), 0);
  return {
    data: { label: 'simulated', usage, limit: null, limit_remaining: null, is_free_tier: false },
  };
}

/** The response to `GET /generation?id=`. Like OpenRouter, returns 404 until the generation has ended. */
function generation(calls: CallLog, id: string | null) {
  const call = calls.get(id ?? '');
  if (!call || call.status === 'open' || call.status === 'refused')
    throw new ApiError(404, 'Simulated: no such generation');
  const { usage } = call;
  const [prompt, completion] = [usage?.prompt_tokens ?? 0, usage?.completion_tokens ?? 0];
  return {
    data: {
      id: call.id,
      model: `simulated/${call.servedModel ?? call.model}`,
      provider_name: 'Simulated',
      created_at: new Date(call.at).toISOString(),
      streamed: call.stream,
      cancelled: call.status === 'aborted',
      tokens_prompt: prompt,
      tokens_completion: completion,
      native_tokens_prompt: prompt,
      native_tokens_completion: completion,
      native_tokens_reasoning: usage?.completion_tokens_details.reasoning_tokens ?? 0,
      native_tokens_cached: usage?.prompt_tokens_details.cached_tokens ?? 0,
      total_cost: usage?.cost ?? 0,
    },
  };
}

/** Reads one rule or a list of rules. @throws Problem with status 422 that names each invalid field */
async function readRules(request: IncomingMessage): Promise<FaultRule[]> {
  const body = await readJson(request);
  const parsed = z.array(faultRule).safeParse(Array.isArray(body) ? body : [body]);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({ pointer: `/${path.join('/')}`, message }));
  throw new Problem(422, 'Not a fault rule', { errors });
}

/** Omits bodies and API keys, because the list leaves the process. */
function listCalls(calls: CallLog) {
  return calls.all().map(({ body: _, headers: { authorization, ...headers }, ...call }) => ({
    ...call,
    headers: authorization === undefined ? headers : { ...headers, authorization: '(hidden)' },
  }));
}

function summariseCalls(calls: CallLog) {
  const all = calls.all();
  return {
    total: all.length,
    stage: count(all, ({ stage }) => stage),
    model: count(all, ({ model }) => model),
    status: count(all, ({ status }) => status),
  };
}

function count(calls: readonly CallRecord[], by: (call: CallRecord) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const call of calls) counts.set(by(call), (counts.get(by(call)) ?? 0) + 1);
  return Object.fromEntries(counts);
}
