import type { AnswerBook, Topic } from '../code/answer-book.ts';
import { type Language, languageByTag, languages, mentionedLanguage, python } from '../code/language.ts';
import type { Prompt } from './prompt.ts';

/** What is asked for: a follow-up such as "now in Go" leaves the topic to the turns before. */
export function topicFor(prompt: Prompt, book: AnswerBook): Topic | undefined {
  return book.find(prompt.request) ?? book.find(prompt.conversation);
}

/** Named in the request, else in the specification, else in an earlier turn; else the topic's own, else Python. */
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

/** From `"language": "Go"` as well as `Language: Go`. */
function specifiedLanguage(specification: string): Language | undefined {
  const named = /\blanguage"?\s*:\s*"?([^"\n,]+)/i.exec(specification)?.[1]?.trim().toLowerCase();
  return languages.find(({ name }) => name.toLowerCase() === named);
}
