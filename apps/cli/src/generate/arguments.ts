export const USAGE = `Usage: npm run generate -- [--json] "what code you want"

Prints the code to stdout and everything else to stderr; with --json the whole finished job, also one that failed.
Exit codes: 0 code, 1 failure, 2 wrong usage or settings, 3 a question back, 130 interrupted.
Ctrl-C cancels the job, also on a running service, so that nothing goes on that costs money; a second one does not wait.
CODEGEN_URL names a running service to use, CODEGEN_API_KEY the key it asks for; without CODEGEN_URL everything needed
is started and stopped again.
`;

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly why: string }
  | { readonly kind: 'generate'; readonly query: string; readonly json: boolean };

/**
 * Options may stand anywhere. What looks like one and is none is wrong: sent along as part of the query, a slip would
 * cost money. After `--` everything is query.
 */
export function readArguments(given: readonly string[]): Command {
  const end = given.includes('--') ? given.indexOf('--') : given.length;
  const before = given.slice(0, end);
  const options = before.filter((one) => /^--?[a-z][\w-]*$/i.test(one));
  if (options.some((option) => option === '--help' || option === '-h')) return { kind: 'help' };
  const unknown = options.find((option) => option !== '--json');
  if (unknown !== undefined) return { kind: 'wrong', why: `there is no option ${unknown}` };
  const words = [...before.filter((one) => !options.includes(one)), ...given.slice(end + 1)];
  const query = words.join(' ').trim();
  if (query === '') return { kind: 'wrong', why: 'say what code you want' };
  return { kind: 'generate', query, json: options.includes('--json') };
}
