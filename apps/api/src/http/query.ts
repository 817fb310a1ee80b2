import type { ProblemType } from '@codegen/contract';
import { ProblemError } from '../problem.ts';
import { likelyField } from './unknown-fields.ts';

/** The parameters of a URL's query string, decoded leniently. `readQuery` decodes the prompt strictly. */
export const parametersOf = (url: string): URLSearchParams => new URLSearchParams(url.split('?', 2)[1]);

/** The value of a parameter, or null. @throws ProblemError if it occurs twice */
export function readOnce(parameters: URLSearchParams, name: string): string | null {
  const [value = null, ...more] = parameters.getAll(name);
  if (more.length > 0) throw new ProblemError('invalid-parameter', `Give ${name} once.`);
  return value;
}

/** A parameter that is `true` or `false`. @throws ProblemError for any other value */
export function readFlag(parameters: URLSearchParams, name: string, preset: boolean): boolean {
  const value = readOnce(parameters, name) ?? String(preset);
  if (value === 'true' || value === 'false') return value === 'true';
  throw new ProblemError('invalid-parameter', `Set ${name} to true or false.`);
}

/** Characters that no URL contains, and percent signs without two hex digits. */
const NOT_URL = /[^!-~]|%(?![0-9a-f]{2})/i;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The parameter `query`, decoded strictly: a lenient decoder would change the prompt, and the wrong prompt costs model
 * calls. @throws ProblemError
 */
export function readQuery(url: string, maxChars: number): string {
  const [query, ...more] = strictValues(url, 'query');
  if (query === undefined) {
    const meant = [...parametersOf(url).keys()].find((name) => likelyField(name, ['query']) !== null);
    const found = meant === undefined ? '' : `There is no parameter ${meant}. `;
    throw new ProblemError(
      'missing-query',
      `${found}Add a query, as in /generate?query=Reverse%20a%20string`,
    );
  }
  if (more.length > 0) throw new ProblemError('repeated-query', 'Give exactly one query parameter.');
  checkText('query', query, maxChars);
  return query;
}

function strictValues(url: string, name: string): string[] {
  const start = url.indexOf('?');
  if (start === -1) return [];
  return url
    .slice(start + 1)
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=');
      return equals === -1 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    })
    .flatMap(([key = '', value = '']) => (decode(key) === name ? [decode(value)] : []));
}

function decode(text: string): string {
  const bytes = text
    .replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  try {
    if (NOT_URL.test(text)) throw new URIError('not percent-encoded');
    return utf8.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    throw new ProblemError('invalid-encoding', 'Encode the query as UTF-8, then percent-encode it.');
  }
}

/** White space and invisible characters such as a zero-width space. */
const BLANK = /^[\s\p{Default_Ignorable_Code_Point}]*$/u;

/** Control characters other than tab and line ends, and unpaired surrogates. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters
const NOT_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\p{Surrogate}/u;

/** A text without the characters that `checkText` rejects. */
export const withoutControls = (text: string): string => text.replace(new RegExp(NOT_TEXT, 'gu'), '');

/** Length in code points. */
export const charsOf = (text: string): number => [...text].length;

/** Checks a prompt. `name` is the caller's word for it. @throws ProblemError with `param` */
export function checkText(
  name: string,
  text: string,
  maxChars: number,
  tooLong: ProblemType = 'query-too-long',
  param: string | null = null,
) {
  if (BLANK.test(text))
    throw new ProblemError('blank-query', `Describe in the ${name} the code you want.`, {}, param);
  const length = charsOf(text);
  if (length > maxChars) {
    const detail = `A ${name} may have ${maxChars} characters; this one has ${length}.`;
    throw new ProblemError(tooLong, detail, {}, param);
  }
  if (NOT_TEXT.test(text)) {
    throw new ProblemError(
      'unreadable-query',
      `Remove control characters (other than tabs and line ends) from the ${name}.`,
    );
  }
}
