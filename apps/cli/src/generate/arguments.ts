import { parseCommandLine, UsageError } from '@codegen/settings';

export const USAGE = `Usage: npm run generate -- [--json] [--fast] "what code you want"

Prints the code to stdout and progress to stderr.

  --json      print the finished job as JSON, also a failed one
  --fast      without a model server, get the simulated answer at once
  -h, --help  print this text

Exit codes: 0 code, 1 failure, 2 wrong usage or settings, 3 clarifying question, 130 interrupted.
Ctrl-C cancels the job, also on a running service; a second Ctrl-C exits at once.
CODEGEN_URL is the address of a running service, CODEGEN_API_KEY its API key. Without CODEGEN_URL the command starts
a service and stops it at the end.
`;

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'generate'; readonly query: string; readonly json: boolean; readonly fast: boolean };

const OPTIONS = {
  json: { type: 'boolean', default: false },
  fast: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/**
 * Options may stand anywhere before `--`. An unknown option is an error, because a misspelt one sent as part of the
 * query would cost money. Arguments such as `-5` are part of the query. @throws UsageError
 */
export function readArguments(args: readonly string[]): Command {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const beforeEnd = args.slice(0, end);
  const isOption = (argument: string) => /^--?[a-z][\w-]*(?:=|$)/i.test(argument);
  const { values } = parseCommandLine({ args: beforeEnd.filter(isOption), options: OPTIONS });
  if (values.help) return { kind: 'help' };
  const words = [...beforeEnd.filter((argument) => !isOption(argument)), ...args.slice(end + 1)];
  const query = words.join(' ').trim();
  if (query === '') throw new UsageError('The query is missing.');
  return { kind: 'generate', query, json: values.json, fast: values.fast };
}
