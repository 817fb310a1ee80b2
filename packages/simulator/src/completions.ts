import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallRecord } from './call-log.ts';
import { messagesOf, modelsOf, parseCompletionRequest } from './completion-request.ts';
import { type Context, checkKey } from './context.ts';
import { passesOn } from './faults/fallback.ts';
import type { Fault } from './faults/fault-rule.ts';
import type { Subject } from './faults/fault-rules.ts';
import { readJson } from './http/body.ts';
import { Exchange } from './http/exchange.ts';
import { reply } from './reply.ts';
import { answerOf } from './stages/answers.ts';
import { readPrompt } from './stages/prompt.ts';

/** `POST /chat/completions` */
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
  // Refuses a stage without a simulated answer, before any fault.
  answerOf(prompt.stage);

  const { model, fault } = chooseModel(context, models, { stage: prompt.stage, texts });
  call.status = 'open';
  call.servedModel = model;
  if (fault) call.fault = fault.kind;
  const exchange = new Exchange(response, (how) => {
    call.status = how === 'left' ? 'aborted' : fault ? 'fault' : 'answered';
    call.endedAt = Date.now();
    context.calls.changed(call);
  });
  context.calls.changed(call);
  await reply(context, exchange, { call, prompt, model, fault, promptText });
}

/** The first model that no fault drives away, or the last with its fault. */
function chooseModel(
  { rules }: Context,
  models: [string, ...string[]],
  subject: Omit<Subject, 'model'>,
): { model: string; fault: Fault | undefined } {
  let chosen: { model: string; fault: Fault | undefined } = { model: models[0], fault: undefined };
  for (const model of models) {
    chosen = { model, fault: rules.take({ model, ...subject }) };
    if (!chosen.fault || !passesOn(chosen.fault)) break;
  }
  return chosen;
}
