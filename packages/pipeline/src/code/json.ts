/**
 * The JSON object in a model's answer, which may be inside a fence or between prose. Undefined if there is none.
 * Parses only the text from the first brace to the last, to stay linear in its length.
 */
export function findJson(text: string): unknown {
  const start = text.indexOf('{');
  const end = text.lastIndexOf('}');
  if (start === -1 || end < start) return undefined;
  try {
    return JSON.parse(text.slice(start, end + 1));
  } catch {
    return undefined;
  }
}
