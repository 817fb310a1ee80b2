import { normalizeAnswer } from '../code/normalize/normalize.ts';
import { isErrorMessage, isRefusal } from '../code/plain-code.ts';
import { unreadable } from '../run/failure.ts';
import { excerptOf } from '../run/summary.ts';
import { buildPrompt } from './prompt.ts';
import { defineStage, SUMMARY_STAGE } from './stage.ts';

const task = `Summarise the conversation for the programmers who will serve the request, which follows it. State what was asked for
and decided, in order: requirements, names, choices, and what the person rejected. Keep what still holds, leave out what a
later message replaced. Write no code: the programmers have it. Answer with the summary only, in at most 300 words, in
the language of the conversation.`;

/** Longest summary, in characters. */
const MAX_CHARS = 6_000;

export const summarize = defineStage({
  name: SUMMARY_STAGE,
  // The cheapest model.
  role: 'classifier',
  output: 'text',
  log: 'classifier_summarize_responses.txt',
  consequence: 'older turns of the conversation were shortened',
  isNeeded: ({ olderCount = 0 }) => olderCount > 0,
  prompt: ({ older = [], ...context }) =>
    buildPrompt(SUMMARY_STAGE, task, {
      ...context,
      conversation: [...older, ...context.conversation.slice(-1)],
    }),
  withoutModel: ({ older = [] }) => (older.length === 0 ? 'skip' : undefined),
  read(answer) {
    const text = normalizeAnswer(answer).trim();
    if (text === '' || isRefusal(text) || isErrorMessage(text)) throw unreadable('no summary came back');
    return { kind: 'text', text: text.slice(0, MAX_CHARS).toWellFormed() };
  },
  fallbackOutput: ({ older = [] }) => (older.length === 0 ? null : { kind: 'text', text: excerptOf(older) }),
});
