import { ProblemError } from './problem.ts';

/** What a client prefers about waiting (RFC 7240); preferences we do not know are ignored, as the RFC asks. */
export interface Preference {
  readonly respondAsync: boolean;
  /** Seconds; null where none were named. */
  readonly wait: number | null;
}

const LEXEME = /[ \t]+|[=;,]|"(?:[^"\\]|\\.)*"|[!#$%&'*+.^_`|~0-9A-Za-z-]+/g;
/** A preference and its parameters, with a letter for each word and none for white space: nothing to backtrack over. */
const SHAPE = /^w(?:=w?)?(?:;(?:w(?:=w?)?)?)*$/;
const LONGEST = 1_000;

/** @throws ProblemError `malformed-preference` */
export function parsePrefer(header = ''): Preference {
  let respondAsync = false;
  let wait: number | null = null;
  for (const lexemes of preferences(header)) {
    const [name = '', equals, value] = lexemes;
    const shape = lexemes.map((lexeme) => (/^[=;]$/.test(lexeme) ? lexeme : 'w')).join('');
    if (!SHAPE.test(shape) || name.startsWith('"'))
      throw malformed(`“${lexemes.join('')}” is not a preference`);
    // The first of repeated preferences counts.
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

/** The lexemes of each preference in the list, without white space. Empty elements are no error (RFC 9110, 5.6.1). */
function preferences(header: string): string[][] {
  if (header.length > LONGEST) throw malformed(`it is longer than ${LONGEST} characters`);
  const lexemes = header.match(LEXEME) ?? [];
  if (lexemes.join('') !== header) throw malformed('it holds a character that does not belong there');
  const list: string[][] = [[]];
  for (const lexeme of lexemes) {
    if (lexeme === ',') list.push([]);
    else if (lexeme.trim() !== '') list.at(-1)?.push(lexeme);
  }
  return list.filter((one) => one.length > 0);
}

const malformed = (why: string) =>
  new ProblemError(
    'malformed-preference',
    `The Prefer header cannot be read: ${why}. Use “respond-async”, “wait=30” or leave it out.`,
  );
