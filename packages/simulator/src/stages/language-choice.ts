import type { AnswerBook, Topic } from '../code/answer-book.ts';
import { type Language, languageByTag, languages, mentionedLanguage, python } from '../code/language.ts';
import type { Prompt } from './prompt.ts';

/** The topic of the request, or of earlier turns for a follow-up such as "now in Go". */
export function topicFor(prompt: Prompt, book: AnswerBook): Topic | undefined {
  return book.find(prompt.request) ?? book.find(prompt.conversation);
}

/** The language named in the request, the specification or an earlier turn, else that of the topic, else Python. */
export function languageFor(prompt: Prompt, book: AnswerBook): Language {
  const preferred = () => topicFor(prompt, book)?.direct.keys().next().value ?? '';
  return (
    mentionedLanguage(prompt.request) ??
    specifiedLanguage(prompt.sections.get('specification') ?? '') ??
    mentionedLanguage(prompt.conversation) ??
    languageByTag(preferred()) ??
    python
  );
}

/** Reads both `"language": "Go"` and `Language: Go`. */
function specifiedLanguage(specification: string): Language | undefined {
  const named = /\blanguage"?\s*:\s*"?([^"\n,]+)/i.exec(specification)?.[1]?.trim().toLowerCase();
  return languages.find(({ name }) => name.toLowerCase() === named);
}
