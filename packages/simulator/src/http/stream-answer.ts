import { charactersPerToken, tokensIn } from '../pricing.ts';
import type { ServerProfile } from '../servers/server-profile.ts';
import { ApiError } from './errors.ts';
import type { ResponseWriter } from './response-writer.ts';

/** The content of an answer, its timing and how it ends; for streamed and plain answers. */
export interface Delivery {
  readonly content: string | null;
  readonly reasoning: string | null;
  readonly refusal: string | null;
  readonly finishReason: 'stop' | 'length' | 'content_filter' | 'refusal';
  readonly ending: 'complete' | 'no-finish' | 'error' | 'cut' | 'garbage' | 'hang' | 'hang-with-comments';
  readonly latencyMs: number;
  /** 0: all at once. */
  readonly tokensPerSecond: number;
}

/** Fields that streamed and plain answers share. */
export interface Envelope {
  readonly id: string;
  readonly model: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly keepAliveMs: number;
  readonly usage: Readonly<Record<string, unknown>>;
  readonly server: ServerProfile;
  /** Whether a stream ends with its usage. */
  readonly sendsUsage: boolean;
}

/** Text written before the response ended or the client disconnected. */
export interface Sent {
  content: string;
  reasoning: string;
}

/** Sends an answer as server-sent events. Events without a delay go out in one write. Adds their text to `sent`. */
export async function streamAnswer(
  writer: ResponseWriter,
  delivery: Delivery,
  envelope: Envelope,
  sent: Sent,
): Promise<void> {
  const keepAlive = envelope.server.openRouter ? { text: comment, everyMs: envelope.keepAliveMs } : undefined;
  writer.start(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  let pending = envelope.server.openRouter ? comment : '';
  if (envelope.server.firstEvent) pending += frame(envelope, undefined, envelope.server.firstEvent);
  if (delivery.latencyMs > 0) {
    writer.write(pending);
    pending = '';
    await writer.idle(delivery.latencyMs, keepAlive);
  }

  pending += frame(envelope, { delta: { role: 'assistant', content: '' } });
  let due = performance.now();
  for (const delta of deltasOf(delivery)) {
    if (writer.disconnected) return;
    pending += frame(envelope, { delta });
    sent.content += delta.content;
    sent.reasoning += delta.reasoning ?? '';
    if (delivery.tokensPerSecond === 0) continue;
    writer.write(pending);
    pending = '';
    due += (tokensIn(delta.content || delta.reasoning || '') / delivery.tokensPerSecond) * 1000;
    await writer.idle(due - performance.now(), keepAlive);
  }
  if (!writer.disconnected) await finish(writer, delivery, envelope, pending);
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
  writer: ResponseWriter,
  { ending, finishReason }: Delivery,
  envelope: Envelope,
  pending: string,
) {
  const delta = { content: '' };
  switch (ending) {
    case 'complete': {
      const last = frame(envelope, { delta, finish: finishReason });
      const usage = { usage: usageFor(envelope), ...envelope.server.lastFields };
      return writer.end(
        pending + last + (envelope.sendsUsage ? frame(envelope, undefined, usage) : '') + done,
      );
    }
    case 'no-finish':
      return writer.end(pending);
    case 'error': {
      const { error } = new ApiError(502, 'Simulated: the provider broke off').body;
      return writer.end(pending + frame(envelope, { delta, finish: 'error' }, { error }));
    }
    case 'cut':
      return writer.cut(pending);
    case 'garbage':
      return writer.end(`${pending}data: {"id":"${envelope.id}","choices":[{"delta":{"cont\n\n${done}`);
    case 'hang':
    case 'hang-with-comments':
      writer.write(pending);
      return writer.idle(
        Number.POSITIVE_INFINITY,
        ending === 'hang' ? undefined : { text: comment, everyMs: envelope.keepAliveMs },
      );
  }
}

export const comment = ': OPENROUTER PROCESSING\n\n';
export const done = 'data: [DONE]\n\n';

interface Choice {
  readonly delta: Readonly<Record<string, unknown>>;
  readonly finish?: string | null;
}

/** One `chat.completion.chunk` as a server-sent event. */
export function frame(envelope: Envelope, choice: Choice | undefined, extra?: object): string {
  const choices = choice ? choiceOf(choice, envelope.server) : '';
  const more = extra ? `,${JSON.stringify(extra).slice(1, -1)}` : '';
  return `${openingOf(envelope)}${choices}]${more}}\n\n`;
}

function choiceOf({ delta, finish = null }: Choice, { openRouter }: ServerProfile): string {
  const reason = JSON.stringify(finish);
  const native = openRouter ? `,"native_finish_reason":${reason}` : '';
  return `{"index":0,"delta":${JSON.stringify(delta)},"finish_reason":${reason}${native}}`;
}

/** Only OpenRouter states the cost. */
export function usageFor({ usage, server }: Envelope): object {
  if (server.openRouter) return usage;
  const { cost: _, ...tokens } = usage;
  return tokens;
}

const openings = new WeakMap<Envelope, string>();

/** The common start of all chunks of an answer, serialised once. */
function openingOf(envelope: Envelope): string {
  const known = openings.get(envelope);
  if (known !== undefined) return known;
  const { id, model, created } = envelope;
  const provider = envelope.server.openRouter && { provider: 'Simulated' };
  const fields = { id, ...provider, model, object: 'chat.completion.chunk', created };
  const opening = `data: ${JSON.stringify(fields).slice(0, -1)},"choices":[`;
  openings.set(envelope, opening);
  return opening;
}

/**
 * Splits a text into chunks of a few tokens: at most ten chunks when it is sent at once, else about 25 per second to
 * limit the load.
 */
export function piecesOf(text: string, tokensPerSecond: number): string[] {
  const tokens = Math.max(4, Math.ceil(tokensPerSecond > 0 ? tokensPerSecond / 25 : tokensIn(text) / 10));
  const size = tokens * charactersPerToken;
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const end = at + size + (splitsPair(text, at + size) ? 1 : 0);
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}

/** An unpaired surrogate cannot be encoded as UTF-8. */
function splitsPair(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  return before >= 0xd800 && before <= 0xdbff;
}
