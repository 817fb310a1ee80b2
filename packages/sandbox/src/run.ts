import {
  type Child,
  type ChildEnd,
  type ChildReport,
  limitChildren,
  START_MS,
  startChild,
} from './child-process.ts';
import { isAvailable } from './native/available.ts';
import { isNative } from './native/languages.ts';
import { runNative } from './native/run.ts';
import {
  type Case,
  type CaseResult,
  DEFAULT_LIMITS,
  type Execution,
  entryOf,
  INTERPRETED,
  type Interpreted,
  type Language,
  type Limits,
  type Program,
  SandboxUnavailable,
} from './program.ts';
import { pythonSnapshot } from './snapshot.ts';
import { judge, type Report } from './verdict.ts';

/** Whether this process runs programs of a language. Compiled languages need `prepareNative` before. */
export const supports = (language: string | null): language is Language =>
  language !== null && (INTERPRETED.some((one) => one === language) || isAvailable(language));

/** Megabytes of an interpreter before it has loaded a program. */
const INTERPRETER_MB = { python: 260, javascript: 160, typescript: 160 } satisfies Record<
  Interpreted,
  number
>;
/** A process that took down a case is replaced for the cases after it, at most this often. */
const MAX_PROCESSES = 4;

const NOT_TRIED: CaseResult = { verdict: 'unsupported', actual: null };

async function startInterpreter(
  language: Interpreted,
  limits: Limits,
  onReport: (report: ChildReport) => void,
  signal: AbortSignal | undefined,
): Promise<Child> {
  const residentMb = INTERPRETER_MB[language] + limits.memoryMb;
  const common = { residentMb, ...(signal && { signal }) };
  if (language !== 'python') {
    const args = [limits.memoryMb, limits.outputChars];
    return startChild({ ...common, script: 'quickjs.ts', args }, onReport);
  }
  const { file, bytes } = await pythonSnapshot();
  const args = [limits.memoryMb, bytes, limits.outputChars];
  return startChild({ ...common, script: 'python.ts', args, file }, onReport);
}

/** The state of an execution, over all processes that it needs. */
interface Progress {
  load: Pick<Execution, 'load' | 'reason'> | null;
  readonly results: (CaseResult | undefined)[];
  /** Ms since 1970. Infinity until the first process has started. */
  deadline: number;
}

/**
 * Runs a program on cases, in a process of its own that the kernel limits to computing. A case that takes its process
 * down is `timeout` or `failed`, and another process tries the cases after it.
 * @throws SandboxUnavailable if the kernel cannot lock the process, or the process does not start
 */
export async function run(
  { language, files }: Program,
  cases: readonly Case[],
  limits: Limits = DEFAULT_LIMITS,
  signal?: AbortSignal,
): Promise<Execution> {
  if (!isNative(language)) return runInterpreted({ language, files }, cases, limits, signal);
  if (!isAvailable(language)) {
    const results = cases.map(() => NOT_TRIED);
    return { load: 'unsupported', reason: `the sandbox has no compiler of ${language}`, results };
  }
  return limitChildren(() => runNative(language, files, cases, limits, signal));
}

interface InterpretedProgram extends Program {
  readonly language: Interpreted;
}

async function runInterpreted(
  program: InterpretedProgram,
  cases: readonly Case[],
  limits: Limits,
  signal: AbortSignal | undefined,
): Promise<Execution> {
  const results = cases.map(() => undefined);
  const progress: Progress = { load: null, results, deadline: Number.POSITIVE_INFINITY };
  await limitChildren(async () => {
    for (let count = 0; count < MAX_PROCESSES && Date.now() < progress.deadline; count++) {
      signal?.throwIfAborted();
      await runRemaining(program, cases, progress, limits, signal);
      if (progress.load?.load !== 'loaded' || progress.results.every((one) => one !== undefined)) break;
    }
  });
  signal?.throwIfAborted();
  const { load } = progress;
  const all = progress.results.map((one) => one ?? NOT_TRIED);
  return { ...(load ?? { load: 'broken', reason: 'the program did not load in time' }), results: all };
}

/** Prepares the interpreters, Python in the background. @throws SandboxUnavailable if programs cannot be run here */
export async function assertAvailable(): Promise<void> {
  // A failure shows in the first Python program.
  pythonSnapshot().catch(() => {});
  await run({ language: 'javascript', files: [{ name: 'main.js', content: '' }] }, []);
}

/** Tries the cases that have no result yet in one process. */
async function runRemaining(
  program: InterpretedProgram,
  cases: readonly Case[],
  progress: Progress,
  limits: Limits,
  signal: AbortSignal | undefined,
) {
  const remaining = [...cases.keys()].filter((index) => progress.results[index] === undefined);
  /** The case that is running, as an index of `cases`. Null while the program is loaded. */
  let current: number | null = null;
  let begun = 0;
  let timer: NodeJS.Timeout | undefined;
  const restartTimer = () => {
    clearTimeout(timer);
    const ms = Math.min(limits.caseMs, Math.max(0, progress.deadline - Date.now()));
    timer = setTimeout(() => child.kill('timeout'), ms);
  };
  const onReport = (report: ChildReport) => {
    if (typeof report.load === 'string') progress.load ??= loadOf(report);
    else if (typeof report.begin === 'number') {
      // In order, so that a program cannot skip a case, and only once the one before has its result.
      if (report.begin !== begun || (current !== null && progress.results[current] === undefined)) return;
      begun += 1;
      current = remaining[report.begin] ?? null;
      restartTimer();
    } else if (typeof report.case === 'number' && current !== null && remaining[report.case] === current) {
      // Only the running case, once.
      progress.results[current] ??= judge(cases[current]!, report as Report);
    }
  };
  const child = await startInterpreter(program.language, limits, onReport, signal);
  const startTimer = setTimeout(() => child.kill('timeout'), START_MS);
  try {
    const ready = await child.ready;
    if (ready === null) {
      signal?.throwIfAborted();
      throw new SandboxUnavailable(`the sandbox did not start: ${child.stderr().trim().slice(-300)}`);
    }
    if (ready.isolated !== true) throw new SandboxUnavailable(NOT_ISOLATED);
    clearTimeout(startTimer);
    progress.deadline = Math.min(progress.deadline, Date.now() + limits.programMs);
    restartTimer();
    const files = program.files.map(({ name, content }) => ({ name, content }));
    child.send({
      language: program.language,
      entry: entryOf(program.language, program.files).name,
      files,
      outputChars: limits.outputChars,
      cases: remaining.map((index) => withoutExpectation(cases[index]!)),
    });
    const end = await child.ended;
    if (progress.load === null)
      progress.load = { load: 'broken', reason: `the program did not load: ${WHY[end]}` };
    else if (current !== null) progress.results[current] ??= endOf(end);
  } finally {
    clearTimeout(startTimer);
    clearTimeout(timer);
    child.kill('done');
  }
}

const NOT_ISOLATED =
  'the sandbox needs seccomp: Linux on x64 or arm64 with the optional dependency koffi. Set SANDBOX=syntax elsewhere';

const withoutExpectation = (one: Case) =>
  one.kind === 'call'
    ? { kind: one.kind, function: one.function, args: one.args }
    : { kind: one.kind, stdin: one.stdin };

const loadOf = ({ load, reason }: ChildReport): Pick<Execution, 'load' | 'reason'> => ({
  load: load === 'loaded' || load === 'unsupported' ? load : 'broken',
  reason: typeof reason === 'string' ? reason.slice(0, 500) : null,
});

const WHY: Record<ChildEnd, string> = {
  done: 'it ended without a result',
  exit: 'its process ended',
  crashed: 'its process crashed',
  timeout: 'it exceeded its time',
  memory: 'it exceeded its memory',
  output: 'it printed or returned too much',
};

const endOf = (end: ChildEnd): CaseResult => ({
  verdict: end === 'timeout' ? 'timeout' : 'failed',
  actual: WHY[end],
});
