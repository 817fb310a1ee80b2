import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CallLog, CallRecord } from './call-log.ts';
import type { AnswerBook } from './code/answer-book.ts';
import {
  type CompletionRequest,
  messagesOf,
  modelsOf,
  parseCompletionRequest,
} from './completion-request.ts';
import { errorResponse } from './faults/error-response.ts';
import {
  type Fault,
  type FaultRules,
  fallsBack,
  type SilentFault,
  type Subject,
} from './faults/fault-rules.ts';
import { faultyAnswer } from './faults/faulty-answer.ts';
import { ApiError } from './http/errors.ts';
import { readJson } from './http/json.ts';
import { sendPlainAnswer } from './http/plain-answer.ts';
import { ResponseWriter } from './http/response-writer.ts';
import { comment, type Delivery, streamAnswer } from './http/stream-answer.ts';
import { tokensIn, usageOf } from './pricing.ts';
import { QUIRKS } from './quirks/quirks.ts';
import { checkServerKey, checkServerRequest, SERVERS } from './servers/profiles.ts';
import type { RefusedPart, ServerProfile } from './servers/server-profile.ts';
import { answerOf } from './stages/answers.ts';
import { type Prompt, readPrompt } from './stages/prompt.ts';
import { structuredAnswer } from './stages/structured.ts';

/** State and options shared by all endpoints. */
export interface Context {
  readonly book: AnswerBook;
  readonly rules: FaultRules;
  readonly calls: CallLog;
  readonly latencyMs: number;
  readonly tokensPerSecond: number;
  /** Longest time in ms that the text of an answer may take; it is sent faster if need be. */
  readonly maxWritingMs: number;
  readonly keepAliveMs: number;
  readonly apiKey: string | undefined;
  /** The server to behave like; undefined for OpenRouter that accepts every model and needs no key. */
  readonly server: ServerProfile | undefined;
  /** Parts of a request that every model refuses. */
  readonly refuses: readonly RefusedPart[];
}

/** @throws ApiError with status 401 if an API key is required and the request has another one */
export function checkKey({ apiKey, server }: Context, request: IncomingMessage): void {
  if (server) checkServerKey(server, request, apiKey);
  else if (apiKey !== undefined && request.headers.authorization !== `Bearer ${apiKey}`) {
    throw new ApiError(401, 'Simulated: no such key');
  }
}

/** Handles `POST /chat/completions`. */
export async function completions(context: Context, request: IncomingMessage, response: ServerResponse) {
  const body = parseCompletionRequest(await readJson(request));
  const messages = messagesOf(body);
  const prompt = readPrompt(messages);
  const models = modelsOf(body);
  const call: CallRecord = {
    id: `gen-${randomUUID()}`,
    at: Date.now(),
    stage: prompt.stage,
    model: models[0],
    models,
    stream: body.stream ?? false,
    request: prompt.request,
    headers: request.headers,
    body,
    status: 'refused',
  };
  const texts = messages.map(({ text }) => text);
  const promptText = texts.join('\n');
  context.calls.add(call, promptText.length);
  response.setHeader('x-generation-id', call.id);
  checkKey(context, request);
  checkServerRequest(context.server ?? LENIENT, body, context.refuses);
  // Refuses a stage without a simulated answer, before any fault.
  answerOf(prompt.stage);

  const { model, fault } = chooseModel(context, models, { stage: prompt.stage, texts });
  call.status = 'open';
  call.servedModel = model;
  if (fault) call.fault = fault.kind;
  const writer = new ResponseWriter(response, (how) => {
    call.status = how === 'disconnected' ? 'aborted' : fault ? 'fault' : 'answered';
    call.endedAt = Date.now();
    context.calls.changed(call);
  });
  context.calls.changed(call);
  await respond(context, writer, { call, prompt, model, fault, promptText });
}

/** The first model without a fault that causes a fallback, or the last model with its fault. */
function chooseModel(
  { rules }: Context,
  models: [string, ...string[]],
  subject: Omit<Subject, 'model'>,
): { model: string; fault: Fault | undefined } {
  let chosen: { model: string; fault: Fault | undefined } = { model: models[0], fault: undefined };
  for (const model of models) {
    chosen = { model, fault: rules.take({ model, ...subject }) };
    if (!chosen.fault || !fallsBack(chosen.fault)) break;
  }
  return chosen;
}

/** OpenRouter that accepts every model. */
const LENIENT: ServerProfile = { ...SERVERS.openrouter, anyModel: true };

const includesUsage = (body: CompletionRequest) =>
  (body.stream_options as { include_usage?: boolean } | null | undefined)?.include_usage === true;

interface Task {
  readonly call: CallRecord;
  readonly prompt: Prompt;
  readonly model: string;
  readonly fault: Fault | undefined;
  /** The text of all messages. */
  readonly promptText: string;
}

/** Sends the answer or the fault. Resolves when the response has ended. */
async function respond(context: Context, writer: ResponseWriter, task: Task): Promise<void> {
  const { call, fault } = task;
  if (
    fault?.kind === 'reset' ||
    (fault?.kind === 'hang' && !(call.stream && fault.afterTokens !== undefined))
  ) {
    return sendNothing(writer, fault, call.stream, context.keepAliveMs);
  }
  if (fault?.kind === 'quirk') return sendQuirk(context, writer, task, fault);
  const error = fault && errorResponse(fault, call.stream);
  if (!error) return sendAnswer(context, writer, task);
  await writer.idle(context.latencyMs);
  if (writer.disconnected) return;
  writer.start(error.status, error.headers);
  writer.end(error.body);
}

/** Sends each part of the body in a packet of its own. */
async function sendQuirk(
  context: Context,
  writer: ResponseWriter,
  task: Task,
  { name, text = contentOf(context, task) }: Extract<Fault, { kind: 'quirk' }>,
): Promise<void> {
  const { status, headers, body } = QUIRKS.get(name)!.response(text);
  await writer.idle(context.latencyMs);
  writer.start(status, headers);
  for (const part of body) {
    if (writer.disconnected) return;
    writer.write(part);
    await nextTurn();
  }
  if (!writer.disconnected) writer.end('');
}

const contentOf = ({ book }: Context, { call, prompt }: Task) =>
  structuredAnswer(call.body) ?? answerOf(prompt.stage)(prompt, book);

async function sendAnswer(context: Context, writer: ResponseWriter, task: Task) {
  const { call, model, fault, promptText } = task;
  const content = contentOf(context, task);
  const intact = {
    content,
    reasoning: null,
    refusal: null,
    finishReason: 'stop',
    ending: 'complete',
    latencyMs: context.latencyMs,
    tokensPerSecond: speedOf(context, content),
  } satisfies Delivery;
  const delivery = faultyAnswer(intact, fault);
  const usage = usageOf(model, tokensIn(promptText), delivery.content, delivery.reasoning);
  const envelope = {
    id: call.id,
    model: `simulated/${model}`,
    created: Math.floor(call.at / 1000),
    keepAliveMs: context.keepAliveMs,
    usage,
    server: context.server ?? LENIENT,
    sendsUsage: (context.server ?? LENIENT).openRouter === true || includesUsage(call.body),
  };
  call.usage = usage;
  // Like OpenRouter, bills a plain call in full after a disconnect, and a stream up to the disconnect.
  if (!call.stream) return sendPlainAnswer(writer, delivery, envelope);
  const sent = { content: '', reasoning: '' };
  await streamAnswer(writer, delivery, envelope, sent);
  if (writer.disconnected) call.usage = usageOf(model, usage.prompt_tokens, sent.content, sent.reasoning);
}

function speedOf({ tokensPerSecond, maxWritingMs }: Context, content: string): number {
  return tokensPerSecond === 0
    ? 0
    : Math.max(tokensPerSecond, Math.ceil(tokensIn(content) / (maxWritingMs / 1_000)));
}

/** Resets the connection, or keeps it open without an answer until the client disconnects. */
async function sendNothing(
  writer: ResponseWriter,
  fault: SilentFault,
  stream: boolean,
  keepAliveMs: number,
): Promise<void> {
  if (fault.kind === 'reset') return writer.reset();
  if (!fault.comments) return writer.idle(Number.POSITIVE_INFINITY);
  const text = stream ? comment : '\n';
  writer.start(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
  writer.write(text);
  return writer.idle(Number.POSITIVE_INFINITY, { text, everyMs: keepAliveMs });
}
