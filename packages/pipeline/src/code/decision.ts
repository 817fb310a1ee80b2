import { findJson } from './json.ts';

/** Labels, quotes, emphasis and list markers around the word of a decision, and tags around it. */
const LABEL =
  /^(?!.*\b(?:not?|neither|never|isn'?t)\b)[\p{L}\p{M} _'-]{1,40}\s*(?:[:=：]|\s[-–—>]+\s|→|⇒|=>)\s*/iu;
const TAGGED = /^<([\w-]{1,30})>(.*?)<\/\1>(?=$|<)/;
const BOXED = /^\$*\\boxed\{(?:\\text\{)?([^{}]*)\}{1,2}\$*$/;
const MARKS = /["'`*_“”‘’«»「」]/g;
/** The first word of a line that goes on to explain it: `B, because …`, `simple: one function`. */
const LEADING = /^((?:candidate|option)?[ _-]?\p{L}+)(?:[,:;]\s|\s[-–—]\s|\s\(|\s(?:because|since|as)\s)/iu;
const LONGEST_LINE = 200;
const DEEPEST = 3;

type Parse<T> = (word: string) => T | null;
type Fields = Readonly<Record<string, unknown>>;

/**
 * The decision in a model's answer: a word alone, after a label (`Choice: B`), in bold, in a tag or in brackets
 * (`[[B]]`), on a line of its own, or a JSON object with the word in one of the fields. Null if there is none, or if
 * the answer contains several that differ. A label counts more than lines that name every choice, such as headings. A
 * word at the beginning of a line counts if there is no other.
 *
 * @param parse maps a word to a decision, or to null
 */
export function readDecision<T>(
  text: string,
  fields: readonly string[],
  parse: Parse<T>,
): { decision: T; json: Record<string, unknown> | null } | null {
  const objects = findJson(text, { cutOff: true }) as Record<string, unknown>[];
  const inJson = objects.flatMap((json) => decisionsIn(json, fields, parse, 0));
  if (inJson.length > 0) {
    const only = single(inJson);
    return only === null ? null : { decision: only, json: objects.at(-1)! };
  }
  const only = decisionInLines(text.split('\n'), parse);
  return only === null ? null : { decision: only, json: null };
}

function decisionInLines<T>(lines: readonly string[], parse: Parse<T>): T | null {
  const short = lines.filter((line) => line.trim() !== '' && line.length <= LONGEST_LINE);
  const isHeading = (line: string) => /^\s*#/.test(line);
  const read = (some: readonly string[], readLine: (line: string) => T | null) =>
    some.map(readLine).filter((one) => one !== null);
  const labelled = read(short, (line) => (isLabelled(line) ? parse(bareWord(line, parse)) : null));
  const bare = read(
    short.filter((line) => !isHeading(line) && !isLabelled(line)),
    (line) => parse(bareWord(line, parse)),
  );
  if (labelled.length > 0) return new Set(bare).size > 1 ? single(labelled) : single([...labelled, ...bare]);
  if (bare.length > 0) return single(bare);
  const headings = read(short.filter(isHeading), (line) => parse(bareWord(line, parse)));
  return headings.length > 0 ? single(headings) : single(read(short, (line) => leadingWord(line, parse)));
}

/** The value that all of them are. Null if there is none, or if they differ. */
export function single<T>(values: readonly (T | null)[]): T | null {
  const different = new Set(values);
  return different.size === 1 ? [...different][0]! : null;
}

/**
 * The decisions in the fields of an object. The first of the fields has to be one, so that null stands for it otherwise.
 * Without such a field, its objects and other fields are searched.
 */
function decisionsIn<T>(
  json: Fields,
  fields: readonly string[],
  parse: Parse<T>,
  depth: number,
): (T | null)[] {
  const named = fields.flatMap((field) =>
    Object.keys(json)
      .filter((key) => key.toLowerCase() === field)
      .map((key) => json[key]),
  );
  const values = named.length > 0 ? named : Object.values(json);
  const found = values.flatMap((value): (T | null)[] => {
    const one = Array.isArray(value) && value.length === 1 ? (value as unknown[])[0] : value;
    if (typeof one === 'string') return [parse(bareWord(one, parse))];
    const isObject = typeof one === 'object' && one !== null && !Array.isArray(one);
    return isObject && depth < DEEPEST ? decisionsIn(one as Fields, fields, parse, depth + 1) : [null];
  });
  const decisions = found.filter((one) => one !== null);
  return named.length > 0 && (found[0] ?? null) === null ? [null] : decisions;
}

/** A line without what stands before its label or its word. */
function unmarked(line: string): string {
  return line
    .trim()
    .replace(/^(?:[-+•>]|\d{1,2}[.)]|#{1,6})\s+/, '')
    .replace(/^(?:\p{So}|[→⇒➜]|[=-]>|\uFE0F|\s)+/u, '')
    .replace(MARKS, '')
    .trim();
}

/** A word with a label before it, in a tag or in a box. */
const isLabelled = (line: string) =>
  LABEL.test(unmarked(line)) || TAGGED.test(unmarked(line)) || /\\boxed\{|^\[\[/.test(line);

/** A line without what stands around its word. */
function bareWord(line: string, parse: Parse<unknown>): string {
  if (line.length > LONGEST_LINE) return '';
  let text = unmarked(line);
  if (parse(text) !== null) return text;
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

/** The word that begins a line. The line may not name another one, or deny it. */
function leadingWord<T>(line: string, parse: Parse<T>): T | null {
  const text = unmarked(line);
  const word = LEADING.exec(text)?.[1] ?? '';
  const decision = parse(word);
  if (decision === null) return null;
  const others = text.slice(word.length).split(/[\s,.:;()/]+/);
  return others.some((other) => (parse(other) ?? decision) !== decision && !/^a$/.test(other))
    ? null
    : decision;
}
