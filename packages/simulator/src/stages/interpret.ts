import type { AnswerBook } from '../code/answer-book.ts';
import { mark, quote } from '../code/program.ts';
import { languageFor } from './language-choice.ts';
import type { Prompt } from './prompt.ts';

/** Asks a question if the request contains the word "unspecifiable". */
export function interpret(prompt: Prompt, book: AnswerBook): string {
  const request = quote(prompt.request);
  if (/\bunspecifiable\b/i.test(prompt.request)) {
    return JSON.stringify({ unclear: `${mark} What exactly is meant by "${request}"?` });
  }
  return JSON.stringify({
    specification: {
      goal: request,
      language: languageFor(prompt, book).name,
      inputs: 'What the request names, else nothing.',
      outputs: 'What the request names, else a printed example.',
      requirements: [mark, ...requirementsIn(request)],
      edgeCases: ['Empty input', 'Input of the wrong type'],
    },
  });
}

function requirementsIn(request: string): string[] {
  const parts = request.split(/[,;.]\s+(?:(?:and|with)\s+)?|\s+(?:and|with)\s+/i).map((part) => part.trim());
  return parts.filter((part) => part !== '').slice(0, 8);
}
