import { type Child, START_MS, startChild } from './child-process.ts';

/** A part of a program, such as a file. */
export interface SourceText {
  readonly language: string | null;
  readonly text: string;
}

export interface SyntaxFault {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/**
 * Grammars of the languages whose errors are certain. A text that one of them accepts is correct. The grammars of other
 * languages reject correct code now and then: C and C++ with macros, shell with here-documents, new C#. `swc` is a parser
 * that knows newer TypeScript than the grammar, and no JSX.
 */
const GRAMMARS: Readonly<Record<string, readonly string[]>> = {
  python: ['python'],
  javascript: ['javascript', 'tsx', 'typescript', 'swc'],
  jsx: ['javascript', 'tsx', 'swc'],
  typescript: ['typescript', 'tsx', 'swc'],
  tsx: ['tsx', 'typescript', 'swc'],
  java: ['java'],
  go: ['go'],
  rust: ['rust'],
};

/** Commands of notebooks and prompts of consoles, Flow types and templates: not the language itself. */
const OTHER_SYNTAX = /^(?:[!%]|>>> |\.\.\. )|@flow|\{%|\{\{[^}]*\}\}\s*$/m;
const LONGEST_TEXT = 300_000;
const RESIDENT_MB = 700;

interface Checker {
  readonly child: Child;
  readonly pending: Map<number, (errors: readonly (SyntaxFault | null)[]) => void>;
}

let checker: Checker | null = null;
let lastId = 0;

/** The process that parses, shared by all checks. It is started when it is needed, and again after it ended. */
function startChecker(): Checker {
  const names = [...new Set(Object.values(GRAMMARS).flat())].filter((name) => name !== 'swc');
  const pending: Checker['pending'] = new Map();
  // The optimizing compiler of V8 can crash on these grammars.
  const options = {
    script: 'syntax.ts',
    args: [names.join(',')],
    residentMb: RESIDENT_MB,
    flags: ['--liftoff-only'],
  };
  const child = startChild({ ...options, isBackground: true }, ({ id, errors }) => {
    const resolve = pending.get(Number(id));
    if (Array.isArray(errors)) resolve?.(errors);
  });
  const started = { child, pending };
  void child.ended.then(() => {
    if (checker === started) checker = null;
    for (const resolve of pending.values()) resolve([]);
  });
  return started;
}

const isCertain = ({ language, text }: SourceText) =>
  language !== null &&
  Object.hasOwn(GRAMMARS, language) &&
  text.length <= LONGEST_TEXT &&
  !OTHER_SYNTAX.test(text);

/**
 * Parses texts in a process of their own. One entry per text: its first error, or null if it parses or cannot be judged,
 * because of its language, its length, or because the checker is slow or broken. Never rejects.
 * @param timeoutMs after which nothing is judged; the start of the checker takes up to 20 s more
 */
export async function check(
  texts: readonly SourceText[],
  timeoutMs = 5_000,
): Promise<readonly (SyntaxFault | null)[]> {
  const faults: (SyntaxFault | null)[] = texts.map(() => null);
  const judged = [...texts.entries()].filter(([, one]) => isCertain(one));
  if (judged.length === 0) return faults;
  checker ??= startChecker();
  const { child, pending } = checker;
  const answer = Promise.withResolvers<readonly (SyntaxFault | null)[]>();
  lastId += 1;
  const id = lastId;
  pending.set(id, answer.resolve);
  const stop = () => child.kill('timeout');
  let timer = setTimeout(stop, START_MS);
  if ((await child.ready) !== null) {
    clearTimeout(timer);
    timer = setTimeout(stop, timeoutMs);
    child.sendLine({
      id,
      texts: judged.map(([, { language, text }]) => ({ grammars: GRAMMARS[language!], text })),
    });
  }
  const errors = await answer.promise;
  clearTimeout(timer);
  pending.delete(id);
  for (const [place, [index]] of judged.entries()) faults[index] = errors[place] ?? null;
  return faults;
}

/** Ends the process that parses. The next check starts another. */
export function closeChecker(): void {
  checker?.child.kill('done');
  checker = null;
}
