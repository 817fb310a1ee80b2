import { tokensIn } from '../pricing.ts';
import { ApiError } from './errors.ts';
import type { ResponseWriter } from './response-writer.ts';
import { type Delivery, type Envelope, usageFor } from './stream-answer.ts';

const json = { 'content-type': 'application/json' };

/** Sends an answer as one JSON body. Like OpenRouter, precedes a slow one with blank lines. */
export async function sendPlainAnswer(
  writer: ResponseWriter,
  delivery: Delivery,
  envelope: Envelope,
): Promise<void> {
  const writing = delivery.tokensPerSecond && tokensIn(delivery.content) / delivery.tokensPerSecond;
  const waitMs = delivery.latencyMs + writing * 1000;
  if (waitMs > envelope.keepAliveMs) writer.start(200, json);
  if (waitMs > 0) await writer.idle(waitMs, { text: '\n', everyMs: envelope.keepAliveMs });
  if (writer.disconnected) return;

  const body =
    delivery.ending === 'garbage' ? 'upstream said: <<<' : JSON.stringify(completion(delivery, envelope));
  writer.start(200, { ...json, 'content-length': String(Buffer.byteLength(body)) });
  if (delivery.ending === 'cut') writer.cut(body.slice(0, body.length / 2));
  else writer.end(body);
}

function completion({ content, reasoning, refusal, ...delivery }: Delivery, envelope: Envelope) {
  const { id, model, created, server } = envelope;
  const finish = finishOf(delivery);
  const error =
    delivery.ending === 'error' ? new ApiError(502, 'Simulated: the provider broke off').body : {};
  return {
    id,
    ...(server.openRouter && { provider: 'Simulated' }),
    model,
    object: 'chat.completion',
    created,
    choices: [
      {
        index: 0,
        logprobs: null,
        finish_reason: finish,
        ...(server.openRouter && { native_finish_reason: finish }),
        message: { role: 'assistant', content, refusal, reasoning },
        ...error,
      },
    ],
    usage: usageFor(envelope),
  };
}

function finishOf({ ending, finishReason }: Pick<Delivery, 'ending' | 'finishReason'>): string | null {
  if (ending === 'error') return 'error';
  return ending === 'no-finish' ? null : finishReason;
}
