import { normalizeAnswer } from '../code/normalize/normalize.ts';
import { unreadable } from '../run/failure.ts';
import { buildPrompt } from './prompt.ts';
import { defineStage } from './stage.ts';

const task = `A chat program sends the request to manage a conversation: it wants a title, tags, suggested questions, a
search query or a summary. Answer with exactly what the request asks for, in the form that it asks for, such as one
JSON object. Write no code, no fence and no explanation.`;

export const reply = defineStage({
  name: 'reply',
  // The cheapest model.
  role: 'classifier',
  output: 'text',
  log: 'classifier_reply_responses.txt',
  consequence: 'no text was written',
  prompt: (context) => buildPrompt('reply', task, context),
  read(answer) {
    const text = normalizeAnswer(answer).trim();
    if (text === '') throw unreadable('no text came back');
    return { kind: 'text', text };
  },
});
