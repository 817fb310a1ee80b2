import type { CallRecord } from './call-log.ts';
import type { Context } from './context.ts';
import { deliver } from './faults/deliver.ts';
import { errorReply } from './faults/error-reply.ts';
import type { Fault } from './faults/fault-rule.ts';
import type { Exchange } from './http/exchange.ts';
import { answerOf } from './stages/answers.ts';
import type { Prompt } from './stages/prompt.ts';
import { tokensIn, usageOf } from './usage.ts';
import type { Delivery } from './wire/delivery.ts';
import { plainReply } from './wire/plain-reply.ts';
import { silence } from './wire/silence.ts';
import { streamReply } from './wire/stream-reply.ts';

interface Task {
  readonly call: CallRecord;
  readonly prompt: Prompt;
  readonly model: string;
  readonly fault: Fault | undefined;
  /** All messages together. */
  readonly promptText: string;
}

/** Answers a call, or does to it what its fault says; ends when the response is over. */
export async function reply(context: Context, exchange: Exchange, task: Task): Promise<void> {
  const { call, fault } = task;
  if (
    fault?.kind === 'reset' ||
    (fault?.kind === 'hang' && !(call.stream && fault.afterTokens !== undefined))
  ) {
    return silence(exchange, fault, call.stream, context.keepAliveMs);
  }
  const error = fault && errorReply(fault, call.stream);
  if (!error) return answer(context, exchange, task);
  await exchange.idle(context.latencyMs);
  if (exchange.left) return;
  exchange.start(error.status, error.headers);
  exchange.end(error.body);
}

async function answer(
  context: Context,
  exchange: Exchange,
  { call, prompt, model, fault, promptText }: Task,
) {
  const sound = {
    content: answerOf(prompt.stage)(prompt, context.book),
    reasoning: null,
    refusal: null,
    finishReason: 'stop',
    ending: 'complete',
    latencyMs: context.latencyMs,
    tokensPerSecond: context.tokensPerSecond,
  } satisfies Delivery;
  const delivery = deliver(sound, fault);
  const usage = usageOf(model, tokensIn(promptText), delivery.content, delivery.reasoning);
  const envelope = {
    id: call.id,
    model: `simulated/${model}`,
    created: Math.floor(call.at / 1000),
    keepAliveMs: context.keepAliveMs,
    usage,
  };
  call.usage = usage;
  // A plain call goes on when its client has left, and is billed whole; a stream ends, and with it the bill.
  if (!call.stream) return plainReply(exchange, delivery, envelope);
  const sent = { content: '', reasoning: '' };
  await streamReply(exchange, delivery, envelope, sent);
  if (exchange.left) call.usage = usageOf(model, usage.prompt_tokens, sent.content, sent.reasoning);
}
