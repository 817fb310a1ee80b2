import type { Envelope } from './delivery.ts';

export const comment = ': OPENROUTER PROCESSING\n\n';
export const done = 'data: [DONE]\n\n';

interface Choice {
  readonly delta: Readonly<Record<string, unknown>>;
  readonly finish?: string | null;
}

/** One `chat.completion.chunk` as a server-sent event. */
export function frame(envelope: Envelope, choice: Choice | undefined, extra?: object): string {
  const choices = choice ? choiceOf(choice) : '';
  const more = extra ? `,${JSON.stringify(extra).slice(1, -1)}` : '';
  return `${openingOf(envelope)}${choices}]${more}}\n\n`;
}

function choiceOf({ delta, finish = null }: Choice): string {
  const reason = JSON.stringify(finish);
  return `{"index":0,"delta":${JSON.stringify(delta)},"finish_reason":${reason},"native_finish_reason":${reason}}`;
}

const openings = new WeakMap<Envelope, string>();

/** The same for all chunks of an answer, so written once. */
function openingOf(envelope: Envelope): string {
  const known = openings.get(envelope);
  if (known !== undefined) return known;
  const { id, model, created } = envelope;
  const fields = { id, provider: 'Simulated', model, object: 'chat.completion.chunk', created };
  const opening = `data: ${JSON.stringify(fields).slice(0, -1)},"choices":[`;
  openings.set(envelope, opening);
  return opening;
}
