export const stages = [
  'classify',
  'answer',
  'clarify',
  'interpret',
  'generate.direct',
  'generate.interpreted',
  'enhance.direct',
  'enhance.interpreted',
  'compare',
  'polish',
] as const;

export type Stage = (typeof stages)[number];

const opening = /^\s*You are the "([a-z.]+)" stage of a code-generation pipeline\./;

/** The stage a system message speaks for; a prompt without its opening line is a plain `answer`. */
export function stageOf(systemMessages: readonly string[]): Stage {
  for (const text of systemMessages) {
    const name = opening.exec(text)?.[1];
    const stage = stages.find((known) => known === name);
    if (stage) return stage;
  }
  return 'answer';
}
