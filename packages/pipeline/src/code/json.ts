import { jsonrepair } from 'jsonrepair';

/** An answer with more braces than this is no JSON with prose around it. */
const ATTEMPTS = 20;
/** Each brace without an end is looked for up to the end of the text. */
const MAX_UNCLOSED = 5;
/** A longer text is read as JSON only if it needs no repair. */
const LONGEST_REPAIR = 2 ** 15;

/**
 * The JSON objects in a model's answer, which may be in fences or between prose, in order. Repairs what models get
 * wrong: comments, quotes, commas and line ends in strings. Linear in the length of the text.
 *
 * @param cutOff accepts a last object without its end
 */
export function findJson(text: string, { cutOff = false } = {}): object[] {
  const found: object[] = [];
  let from = text.indexOf('{');
  let unclosed = 0;
  for (let attempt = 0; from >= 0 && attempt < ATTEMPTS && unclosed < MAX_UNCLOSED; attempt++) {
    const end = endOfObject(text, from);
    if (end === null) unclosed++;
    const value = end === null && !cutOff ? null : parseJson(text.slice(from, end ?? undefined));
    if (value !== null) found.push(value);
    // Without its end, the object may have begun in prose.
    from = text.indexOf('{', value !== null && end !== null ? end : value !== null ? text.length : from + 1);
  }
  return found;
}

/** The object that a text consists of, repaired if necessary. Null if there is none. */
export function parseJson(text: string): object | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    try {
      if (text.length > LONGEST_REPAIR || !/^\s*(?:\[\s*)?\{\s*(?:["'“‘}\w$/#]|$)/.test(text)) return null;
      value = JSON.parse(jsonrepair(text));
    } catch {
      return null;
    }
  }
  return typeof value === 'object' ? value : null;
}

/** The index after the brace that closes the one at `from`. Null if none does. */
export function endOfObject(text: string, from: number): number | null {
  const part = /["{}\\]/g;
  part.lastIndex = from;
  let depth = 0;
  let inString = false;
  for (let match = part.exec(text); match !== null; match = part.exec(text)) {
    if (match[0] === '\\') part.lastIndex++;
    else if (match[0] === '"') inString = !inString;
    else if (!inString) {
      depth += match[0] === '{' ? 1 : -1;
      if (depth === 0) return match.index + 1;
    }
  }
  return null;
}
