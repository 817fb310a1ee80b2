import { toBlock } from '../code/extract.ts';
import { findJson } from '../code/json.ts';
import { readMarkdown } from '../code/markdown.ts';
import { normalizeAnswer } from '../code/normalize/normalize.ts';
import { isErrorMessage, isRefusal } from '../code/plain-code.ts';
import { unreadable } from '../run/failure.ts';
import { codeSections } from './code-stage.ts';
import { buildPrompt } from './prompt.ts';
import { defineStage } from './stage.ts';

const task = `It cannot be told from the request what code is wanted. Ask the person for what is missing, in the
language they write in: at most three short, concrete questions, each with an example of a possible answer. Do not
write code. Answer with the questions only.`;

/** The question in an answer that is a JSON object. Null if it is not. */
function questionIn(answer: string): string | null {
  const [json] = findJson(answer) as Record<string, unknown>[];
  if (json === undefined) return null;
  const value = ['question', 'questions', 'unclear', 'clarification'].map((key) => json[key]).find(Boolean);
  const lines = (Array.isArray(value) ? value : [value]).filter((line) => typeof line === 'string');
  return lines.length > 0 ? lines.join('\n').trim() : null;
}

/** The text of an answer that is one block. Empty if that is code. */
function withoutFence(answer: string): string {
  const { blocks, rest } = readMarkdown(answer);
  const [block] = blocks;
  if (block === undefined || rest.trim() !== '') return answer;
  const { language, content } = toBlock(block).file;
  return language === null || language === 'text' || language === 'markdown' ? content : '';
}

export const clarify = defineStage({
  name: 'clarify',
  role: 'interpreter',
  output: 'question',
  log: 'interpreter_responses.txt',
  consequence: 'the request was answered without a question',
  prompt: (context) => buildPrompt('clarify', task, context, codeSections(context)),
  read(text) {
    const answer = normalizeAnswer(text).trim();
    const question = questionIn(answer) ?? withoutFence(answer);
    if (question === '' || isRefusal(question) || isErrorMessage(question))
      throw unreadable('no question came back');
    return { kind: 'question', question };
  },
});
