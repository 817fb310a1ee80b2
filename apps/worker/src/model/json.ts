/** Shorter text cannot cost much memory. */
const UNCHECKED_CHARS = 4_096;
const MAX_DEPTH = 64;
const MAX_VALUES = 100_000;

/**
 * Parses JSON from a server. A value of a few bytes, such as an empty array, takes up to 50 times its size in memory; so
 * depth and number of values are limited.
 * @throws SyntaxError for invalid JSON, more than 64 levels, or more than 100,000 values
 */
export function parseJson(text: string): unknown {
  if (text.length > UNCHECKED_CHARS) checkStructure(text);
  return JSON.parse(text);
}

const [QUOTE, BACKSLASH, COMMA, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [
  ...Buffer.from('"\\,[]{}'),
];

function checkStructure(text: string): void {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        values++;
        if (++depth > MAX_DEPTH) throw new SyntaxError('the JSON is nested too deeply');
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth--;
        break;
      case COMMA:
        values++;
    }
    if (values > MAX_VALUES) throw new SyntaxError('the JSON has too many values');
  }
}

/** The index of the quote that ends the string, or of the last character. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}
