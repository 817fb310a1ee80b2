import { ProblemError } from './problem.ts';
import { checkText } from './text.ts';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What a URL cannot hold, and a percent sign that escapes nothing. */
const NOT_URL = /[^!-~]|%(?![0-9a-f]{2})/i;

/**
 * Takes the `query` parameter out of a request target, strictly: where a lenient parser would replace or choose, the
 * caller is told instead, for a request that was misread costs model calls.
 * @throws ProblemError
 */
export function readQuery(target: string, maxChars: number): string {
  const [given, ...more] = parameters(target, 'query');
  if (given === undefined) {
    throw new ProblemError(
      'missing-query',
      'Say what code you want, as in /generate?query=Reverse%20a%20string',
    );
  }
  if (more.length > 0) throw new ProblemError('repeated-query', 'Give exactly one query parameter.');
  checkText('query', given, maxChars);
  return given;
}

function parameters(target: string, name: string): string[] {
  const start = target.indexOf('?');
  if (start === -1) return [];
  return target
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
    return strict.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    throw new ProblemError('invalid-encoding', 'Encode the query as UTF-8 and then percent-encode it.');
  }
}
