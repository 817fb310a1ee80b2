import type { Prompt } from './prompt.ts';

/** Chooses the longer candidate, or the first of two that are equally long. */
export function compare({ sections }: Prompt): string {
  const a = sections.get('candidate-a')?.length ?? 0;
  const b = sections.get('candidate-b')?.length ?? 0;
  const choice = b > a ? 'B' : 'A';
  const reason = `Simulated answer: no model was asked; ${choice} was taken for its length, A having ${a} and B ${b} characters.`;
  return JSON.stringify({ choice, reason });
}
