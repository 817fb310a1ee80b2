import { ApiError } from '../http/api-error.ts';
import type { Exchange } from '../http/exchange.ts';
import { tokensIn } from '../usage.ts';
import type { Delivery, Envelope } from './delivery.ts';
import { comment, done, frame } from './frame.ts';
import { piecesOf } from './pieces.ts';

/** The texts that were written before the response ended, or its client left. */
export interface Sent {
  content: string;
  reasoning: string;
}

/** Sends an answer as server-sent events; what need not wait goes out in a single write. Keeps count in `sent`. */
export async function streamReply(
  exchange: Exchange,
  delivery: Delivery,
  envelope: Envelope,
  sent: Sent,
): Promise<void> {
  const keepAlive = { text: comment, everyMs: envelope.keepAliveMs };
  exchange.start(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  let pending = comment;
  if (delivery.latencyMs > 0) {
    exchange.write(pending);
    pending = '';
    await exchange.idle(delivery.latencyMs, keepAlive);
  }

  pending += frame(envelope, { delta: { role: 'assistant', content: '' } });
  let due = performance.now();
  for (const delta of deltasOf(delivery)) {
    if (exchange.left) return;
    pending += frame(envelope, { delta });
    sent.content += delta.content;
    sent.reasoning += delta.reasoning ?? '';
    if (delivery.tokensPerSecond === 0) continue;
    exchange.write(pending);
    pending = '';
    due += (tokensIn(delta.content || delta.reasoning || '') / delivery.tokensPerSecond) * 1000;
    await exchange.idle(due - performance.now(), keepAlive);
  }
  if (!exchange.left) await finish(exchange, delivery, envelope, pending);
}

function deltasOf({ content, reasoning, refusal, tokensPerSecond }: Delivery) {
  const deltas: { content: string; reasoning?: string; refusal?: string }[] = [];
  for (const piece of piecesOf(reasoning ?? '', tokensPerSecond))
    deltas.push({ content: '', reasoning: piece });
  for (const piece of piecesOf(content ?? '', tokensPerSecond)) deltas.push({ content: piece });
  if (refusal !== null) deltas.push({ content: '', refusal });
  return deltas;
}

async function finish(
  exchange: Exchange,
  { ending, finishReason }: Delivery,
  envelope: Envelope,
  pending: string,
) {
  const delta = { content: '' };
  switch (ending) {
    case 'complete': {
      const last = frame(envelope, { delta, finish: finishReason });
      const usage = frame(envelope, undefined, { usage: envelope.usage });
      return exchange.end(pending + last + usage + done);
    }
    case 'no-finish':
      return exchange.end(pending);
    case 'error': {
      const { error } = new ApiError(502, 'Simulated: the provider broke off').body;
      return exchange.end(pending + frame(envelope, { delta, finish: 'error' }, { error }));
    }
    case 'cut':
      return exchange.cut(pending);
    case 'garbage':
      return exchange.end(`${pending}data: {"id":"${envelope.id}","choices":[{"delta":{"cont\n\n${done}`);
    case 'hang':
    case 'hang-with-comments':
      exchange.write(pending);
      return exchange.idle(
        Number.POSITIVE_INFINITY,
        ending === 'hang' ? undefined : { text: comment, everyMs: envelope.keepAliveMs },
      );
  }
}
