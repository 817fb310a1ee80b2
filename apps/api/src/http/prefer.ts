import { ProblemError } from '../problem.ts';

/** The preferences `respond-async` and `wait` (RFC 7240). Unknown preferences are ignored, as the RFC requires. */
export interface Preference {
  readonly respondAsync: boolean;
  /** Seconds; null if the client sent no `wait`. */
  readonly wait: number | null;
}

const LEXEME = /[ \t]+|[=;,]|"(?:[^"\\]|\\.)*"|[!#$%&'*+.^_`|~0-9A-Za-z-]+/g;
/** A preference and its parameters, each word written as `w` and white space removed: the pattern cannot backtrack. */
const SHAPE = /^w(?:=w?)?(?:;(?:w(?:=w?)?)?)*$/;
const MAX_CHARS = 1_000;

/** @throws ProblemError `malformed-preference` */
export function parsePrefer(header = ''): Preference {
  let respondAsync = false;
  let wait: number | null = null;
  for (const lexemes of preferences(header)) {
    const [name = '', equals, value] = lexemes;
    const shape = lexemes.map((lexeme) => (/^[=;]$/.test(lexeme) ? lexeme : 'w')).join('');
    if (!SHAPE.test(shape) || name.startsWith('"'))
      throw malformed(`“${lexemes.join('')}” is not a preference`);
    // Of repeated preferences the first counts (RFC 7240, section 2).
    if (name.toLowerCase() === 'respond-async') respondAsync = true;
    if (name.toLowerCase() === 'wait' && wait === null) {
      const seconds = equals === '=' ? (value?.replace(/^"(.*)"$/, '$1') ?? '') : '';
      if (!/^\d{1,9}$/.test(seconds))
        throw malformed('wait must be a whole number of seconds, as in “wait=30”');
      wait = Number(seconds);
    }
  }
  return { respondAsync, wait };
}

/** The lexemes of each preference in the list, without white space. Empty elements are allowed (RFC 9110, 5.6.1). */
function preferences(header: string): string[][] {
  if (header.length > MAX_CHARS) throw malformed(`it is longer than ${MAX_CHARS} characters`);
  const lexemes = header.match(LEXEME) ?? [];
  if (lexemes.join('') !== header) throw malformed('it contains an invalid character');
  const list: string[][] = [[]];
  for (const lexeme of lexemes) {
    if (lexeme === ',') list.push([]);
    else if (lexeme.trim() !== '') list.at(-1)?.push(lexeme);
  }
  return list.filter((one) => one.length > 0);
}

const malformed = (why: string) =>
  new ProblemError('malformed-preference', `Send “respond-async”, “wait=30” or no Prefer header: ${why}.`);
