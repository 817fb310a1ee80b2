import { findJson } from './json.ts';

/** Labels, quotes, emphasis and list markers around the word of a decision, and tags around it. */
const LABEL =
  /^(?!.*\b(?:not?|neither|never|isn'?t)\b)[\p{L}\p{M} _'-]{1,40}\s*(?:[:=：]|\s[-–—>]+\s|→|⇒|=>)\s*/iu;
const TAGGED = /^<([\w-]{1,30})>(.*?)<\/\1>$/;
const BOXED = /^\$*\\boxed\{(?:\\text\{)?([^{}]*)\}{1,2}\$*$/;
const MARKS = /["'`*_“”‘’«»「」]/g;
const LONGEST_LINE = 200;

/**
 * The decision in a model's answer: a word alone, after a label (`Choice: B`), in bold, in a tag or in brackets
 * (`[[B]]`), on a line of its own, or a JSON object with the word in one of the fields. Null if there is none, or if
 * the answer contains several that differ.
 *
 * @param parse maps a word to a decision, or to null
 */
export function readDecision<T>(
  text: string,
  fields: readonly string[],
  parse: (word: string) => T | null,
): { decision: T; json: Record<string, unknown> | null } | null {
  const objects = findJson(text, { cutOff: true }).filter((one): one is Record<string, unknown> =>
    fields.some((field) => Object.hasOwn(one, field)),
  );
  if (objects.length > 0) {
    const words = objects.flatMap((one) =>
      fields
        .filter((field) => Object.hasOwn(one, field))
        .slice(0, 1)
        .map((field) => one[field]),
    );
    const decisions = words.map((word) => (typeof word === 'string' ? parse(bareWord(word, parse)) : null));
    const only = single(decisions);
    return only === null ? null : { decision: only, json: objects.at(-1)! };
  }
  const lines = text.split('\n').filter((line) => line.length <= LONGEST_LINE);
  const only = single(lines.map((line) => parse(bareWord(line, parse))).filter((one) => one !== null));
  return only === null ? null : { decision: only, json: null };
}

/** The value that all of them are. Null if there is none, or if they differ. */
export function single<T>(values: readonly (T | null)[]): T | null {
  const different = new Set(values);
  return different.size === 1 ? [...different][0]! : null;
}

/** A line without what stands around its word. */
function bareWord(line: string, parse: (word: string) => unknown): string {
  if (line.length > LONGEST_LINE) return '';
  let text = line.trim().replace(/^(?:[-+•>]|\d{1,2}[.)]|#{1,6})\s+/, '');
  text = text
    .replace(/^(?:\p{So}|[→⇒➜]|\uFE0F|\s)+/u, '')
    .replace(MARKS, '')
    .trim();
  const label = LABEL.exec(text)?.[0] ?? '';
  // `complex – simple` has two words and no label.
  if (parse(label.replace(/\P{L}+$/u, '')) !== null) return '';
  text = text.slice(label.length).trim();
  text = TAGGED.exec(text)?.[2] ?? BOXED.exec(text)?.[1] ?? text;
  text = text
    .replace(/(?<=\S)\s+\([^()]*\)[.!]?$/, '')
    .replace(/^\[\[?([^[\]]*)\]\]?$/, '$1')
    .replace(/^\(([^()]*)\)$/, '$1');
  return text
    .replace(MARKS, '')
    .replace(/(?:\s|[.!。！)]|\p{So}|\uFE0F)+$/u, '')
    .trim();
}
