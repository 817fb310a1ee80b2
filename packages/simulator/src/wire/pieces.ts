import { charactersPerToken, tokensIn } from '../usage.ts';

/**
 * A text in the parts a stream sends it in, some tokens each: at most ten when it goes all at once, else about
 * 25 a second, as more would only cost and could not be seen.
 */
export function piecesOf(text: string, tokensPerSecond: number): string[] {
  const tokens = Math.max(4, Math.ceil(tokensPerSecond > 0 ? tokensPerSecond / 25 : tokensIn(text) / 10));
  const size = tokens * charactersPerToken;
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const end = at + size + (splitsPair(text, at + size) ? 1 : 0);
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}

/** Half a surrogate pair cannot be written as UTF-8. */
function splitsPair(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  return before >= 0xd800 && before <= 0xdbff;
}
