import { type Effort, effortSchema } from '@codegen/contract';
import { parseCommandLine, UsageError } from '@codegen/settings';

const SYNOPSIS = `Usage: npm run generate -- [options] "what code you want"
       npm run generate -- [options] - < request.txt
`;

/** Follows the message of a wrong usage, which must stay in sight. */
export const SHORT_USAGE = `${SYNOPSIS}--help lists the options.\n`;

export const USAGE = `${SYNOPSIS}
Prints the code to stdout and progress to stderr. Without a request, it reads one from a pipe, and on a terminal it begins
a conversation, like npm run chat.

  --file PATH         send this file as context; may be repeated
  --out DIR           write the files of the answer into DIR instead of printing the code
  --force             with --out, also write over files that have changed since they were sent or written
  --max-cost DOLLARS  end with the best code so far before the model calls cost more
  --deadline SECONDS  end with the best code so far after this time
  --effort LEVEL      fast, balanced or thorough
  --model ID          use this model for all roles
  --json              print the finished job as JSON, also a failed one
  --fast              without a model server, get the simulated answer at once
  -h, --help          print this text

Exit codes: 0 code, 1 failure, 2 wrong usage or settings, 3 clarifying question, 130 interrupted.
Ctrl-C cancels the job, also on a running service; a second Ctrl-C exits at once.
CODEGEN_URL is the address of a running service, CODEGEN_API_KEY its API key. Without CODEGEN_URL the command starts
a service and stops it at the end.
`;

/** Limits of the jobs that a command starts, and its context. */
export interface RequestFlags {
  readonly files: readonly string[];
  readonly maxCostUsd: number | null;
  readonly deadlineSeconds: number | null;
  readonly effort: Effort | null;
  readonly model: string | null;
}

export type Command =
  | { readonly kind: 'help' }
  | ({
      readonly kind: 'generate';
      /** Null: read the request from stdin. */
      readonly query: string | null;
      /** Whether `-` asks for stdin explicitly. */
      readonly fromStdin: boolean;
      readonly out: string | null;
      readonly force: boolean;
      readonly json: boolean;
      readonly fast: boolean;
    } & RequestFlags);

const OPTIONS = {
  file: { type: 'string', multiple: true },
  out: { type: 'string' },
  force: { type: 'boolean', default: false },
  'max-cost': { type: 'string' },
  deadline: { type: 'string' },
  effort: { type: 'string' },
  model: { type: 'string' },
  json: { type: 'boolean', default: false },
  fast: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/**
 * Options may stand anywhere before `--`. An unknown option is an error, because a misspelt one sent as part of the
 * query would cost money. Arguments such as `-5` are part of the query. @throws UsageError
 */
export function readArguments(args: readonly string[]): Command {
  const { options, words } = split(args);
  const { values } = parseCommandLine({ args: options, options: OPTIONS });
  if (values.help) return { kind: 'help' };
  const query = words.join(' ').trim();
  const fromStdin = query === '-';
  return {
    kind: 'generate',
    query: query === '' || fromStdin ? null : query,
    fromStdin,
    files: values.file ?? [],
    out: values.out ?? null,
    force: values.force,
    maxCostUsd: readNumber('max-cost', values['max-cost'], 'a number of dollars above 0, such as 0.05'),
    deadlineSeconds: readNumber('deadline', values.deadline, 'a whole number of seconds', Number.isInteger),
    effort: readEffort(values.effort),
    model: values.model ?? null,
    json: values.json,
    fast: values.fast,
  };
}

const isOption = (argument: string) => /^--?[a-z][\w-]*(?:=|$)/i.test(argument);

/** Separates options, with their values after `=`, from the words of the query. */
function split(args: readonly string[]): { readonly options: string[]; readonly words: string[] } {
  const options: string[] = [];
  const words: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const argument = args[index] ?? '';
    if (argument === '--') return { options, words: [...words, ...args.slice(index + 1)] };
    const value = args[index + 1];
    if (!isOption(argument)) words.push(argument);
    else if (!takesValue(argument) || value === undefined || value === '--') options.push(argument);
    else {
      // A value may begin with a dash, such as the name of a file.
      options.push(`${argument}=${value}`);
      index += 1;
    }
  }
  return { options, words };
}

function takesValue(argument: string): boolean {
  const name = argument.replace(/^--/, '');
  return Object.hasOwn(OPTIONS, name) && OPTIONS[name as keyof typeof OPTIONS].type === 'string';
}

/** @throws UsageError */
function readNumber(
  name: string,
  text: string | undefined,
  allowed: string,
  isAllowed = (_: number) => true,
) {
  if (text === undefined) return null;
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && Number.isFinite(value) && isAllowed(value)) return value;
  throw new UsageError(`--${name} is ${JSON.stringify(text)}; it must be ${allowed}`);
}

/** @throws UsageError */
function readEffort(text: string | undefined): Effort | null {
  const effort = effortSchema.optional().safeParse(text);
  if (effort.success) return effort.data ?? null;
  throw new UsageError(`--effort is ${JSON.stringify(text)}; it must be fast, balanced or thorough`);
}

/** Options that npm may take for itself if no `--` stands before them: `npm run generate --json "…"`. */
const SHARED_WITH_NPM = ['force', 'json'] as const;

/**
 * @param npmSettings names of the settings that npm was given, in its spelling
 * @throws UsageError if npm took an option of this command
 */
export function checkNpm(command: Command, npmSettings: ReadonlySet<string>) {
  if (command.kind === 'help') return;
  const taken = Object.keys(OPTIONS).find((name) => {
    if (!npmSettings.has(name.replaceAll('-', '_'))) return false;
    const shared = SHARED_WITH_NPM.find((one) => one === name);
    // It may stand in a configuration file of npm as well. Then it does no harm where it is given again.
    return shared === undefined || !command[shared];
  });
  if (taken === undefined) return;
  throw new UsageError(
    `npm took --${taken} for itself. Put “--” before the options: npm run generate -- --${taken} …`,
  );
}
