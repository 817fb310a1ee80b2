/**
 * The JSON object a model's answer holds, perhaps inside a fence or between prose; undefined if there is none.
 * Linear in the text: it tries only the span from the first brace to the last.
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
