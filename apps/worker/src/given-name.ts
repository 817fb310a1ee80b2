const LONGEST = 200;

/**
 * A word that a model server chose (a model, a provider, an id), as it may be shown, logged and kept: at most 200
 * characters, white space for what is not seen. Null if nothing is left or it is no text.
 */
export function givenName(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const seen = value
    .slice(0, LONGEST)
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return seen === '' ? null : seen;
}
