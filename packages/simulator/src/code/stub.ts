/**
 * A page's code for unknown requests with its placeholder, `solve_request` in any spelling, renamed after the
 * request. The name has two words at least, as a single one could be a keyword of the language.
 */
export function stub(code: string, meaningful: readonly string[]): string {
  const words = meaningful
    .map((word) => word.replace(/[^a-z0-9]/g, ''))
    .filter((word) => /^[a-z]/.test(word));
  const name = words.slice(0, 4);
  if (name.length < 2) name.unshift('solve');
  if (name.length < 2) name.push('request');
  const pascal = name.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return code
    .replaceAll('solve_request', name.join('_'))
    .replaceAll('solveRequest', pascal.charAt(0).toLowerCase() + pascal.slice(1))
    .replaceAll('SolveRequest', pascal);
}
