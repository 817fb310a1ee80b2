import type { Envelope } from './delivery.ts';

export const comment = ': OPENROUTER PROCESSING\n\n';
export const done = 'data: [DONE]\n\n';

interface Choice {
  readonly delta: Readonly<Record<string, unknown>>;
  readonly finish?: string | null;
}

/** One `chat.completion.chunk` as a server-sent event. */
export function frame({ id, model, created }: Envelope, choice: Choice | undefined, extra?: object): string {
  const choices = choice && [
    {
      index: 0,
      delta: choice.delta,
      finish_reason: choice.finish ?? null,
      native_finish_reason: choice.finish ?? null,
    },
  ];
  const chunk = { id, provider: 'Simulated', model, object: 'chat.completion.chunk', created };
  return `data: ${JSON.stringify({ ...chunk, choices: choices ?? [], ...extra })}\n\n`;
}
