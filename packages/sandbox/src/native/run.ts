import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Case, CaseResult, Execution, Limits, SourceFile } from '../program.ts';
import { judge } from '../verdict.ts';
import { type Ended, execute, NOBODY } from './execute.ts';
import { NATIVE_LANGUAGES, type NativeName } from './languages.ts';

const NO_CALLS: CaseResult = {
  verdict: 'unsupported',
  actual: 'a function of a compiled program cannot be called',
};
const NOT_TRIED: CaseResult = { verdict: 'unsupported', actual: null };
const LONGEST_REASON = 500;
const COMPILER_OUTPUT_CHARS = 65_536;

/** A path that stays in its folder, without spaces and options of compilers. */
const PATH = /^\w[\w.-]*(?:\/\w[\w.-]*){0,5}$/;

/**
 * Compiles a program in a folder of its own, and runs it on the cases with stdin, each in a process of its own.
 * @throws SandboxUnavailable if processes cannot be locked
 */
export async function runNative(
  name: NativeName,
  files: readonly SourceFile[],
  cases: readonly Case[],
  limits: Limits,
  signal: AbortSignal | undefined,
): Promise<Execution> {
  const results = cases.map(({ kind }) => (kind === 'call' ? NO_CALLS : NOT_TRIED));
  const unsupported = (reason: string): Execution => ({ load: 'unsupported', reason, results });
  const language = NATIVE_LANGUAGES[name];
  const own = files.filter((file) => language.files.test(file.name));
  const sources = own.map((file) => file.name).filter((one) => language.sources.test(one));
  if (sources.length === 0) return unsupported('the program has no source file that the compiler knows');
  const strange = own.find((file) => !PATH.test(file.name));
  if (strange !== undefined)
    return unsupported(`the sandbox does not write a file named ${JSON.stringify(strange.name)}`);

  const deadline = Date.now() + limits.programMs;
  const folder = await mkdtemp(join(tmpdir(), 'codegen-program-'));
  try {
    try {
      await writeFiles(folder, own);
    } catch (error) {
      // A file with the name of a folder, a name that is too long, or no space.
      return unsupported(`its files cannot be written: ${(error as NodeJS.ErrnoException).code}`);
    }
    const compiled = await compile(name, sources, folder, limits, signal);
    signal?.throwIfAborted();
    if (compiled !== null) return { ...compiled, results };
    for (const [index, one] of cases.entries()) {
      if (one.kind !== 'stdin' || Date.now() >= deadline) continue;
      const ms = Math.min(limits.caseMs, deadline - Date.now());
      results[index] = await runCase(name, one, folder, { ...limits, caseMs: ms }, signal);
      signal?.throwIfAborted();
    }
    return { load: 'loaded', reason: null, results };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeFiles(folder: string, files: readonly SourceFile[]) {
  for (const { name, content } of files) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  if (NOBODY === null) return;
  // The user of the compiler reads the files, and writes only into the folder itself.
  await chown(folder, NOBODY, NOBODY);
}

/** Null if the program is compiled, else why it is not. */
async function compile(
  name: NativeName,
  sources: readonly string[],
  folder: string,
  { programMs }: Limits,
  signal: AbortSignal | undefined,
): Promise<Pick<Execution, 'load' | 'reason'> | null> {
  const { compile: command, libraries, environment, limits } = NATIVE_LANGUAGES[name];
  const ended = await execute({
    task: 'compiler',
    command: [...command, ...sources, ...libraries],
    environment,
    folder,
    stdin: '',
    limits: {
      ms: Math.min(limits.compileMs, programMs),
      memoryMb: limits.compileMb,
      addressMb: limits.compileMb,
      fileMb: limits.fileMb,
      outputChars: COMPILER_OUTPUT_CHARS,
    },
    signal,
  });
  if (ended.end === 'exit' && ended.code === 0) {
    await chmod(join(folder, 'program'), 0o500);
    return null;
  }
  // A lack of time, memory or space says nothing about the program.
  if (ended.end !== 'exit') return { load: 'unsupported', reason: `its compilation ${ENDS[ended.end]}` };
  const reason = ended.stderr.trim() || `the compiler ended with status ${ended.code ?? ended.killedBy}`;
  const load = ended.killedBy !== null || LACKING.test(reason) ? 'unsupported' : 'broken';
  return { load, reason: reason.slice(0, LONGEST_REASON) };
}

/** Messages about a library that is not installed, or about a lack of memory, processes or space. */
const LACKING =
  /fatal error: [^"\n]*: No such file or directory|cannot find -l|Killed signal|Resource temporarily unavailable|No space left|annot allocate|out of memory|memory exhausted/;

const ENDS: Record<Exclude<Ended['end'], 'exit'>, string> = {
  timeout: 'exceeded its time',
  memory: 'exceeded its memory',
  output: 'printed too much',
};

async function runCase(
  name: NativeName,
  one: Extract<Case, { kind: 'stdin' }>,
  folder: string,
  { caseMs, memoryMb, outputChars }: Limits,
  signal: AbortSignal | undefined,
): Promise<CaseResult> {
  const program = join(folder, 'program');
  const { end, code, killedBy, stdout, stderr } = await execute({
    task: 'program',
    command: [program],
    environment: [],
    folder,
    stdin: one.stdin,
    limits: {
      ms: caseMs,
      memoryMb,
      addressMb: NATIVE_LANGUAGES[name].limits.addressMb,
      fileMb: 0,
      outputChars,
    },
    signal,
  });
  if (end === 'timeout') return { verdict: 'timeout', actual: 'it exceeded its time' };
  if (end !== 'exit') return { verdict: 'failed', actual: `it ${ENDS[end]}` };
  if (killedBy === 'SIGSYS')
    return { verdict: 'unsupported', actual: 'it starts a process or opens a connection' };
  if (killedBy === 'SIGKILL') return { verdict: 'failed', actual: 'it exceeded its CPU time or memory' };
  const error = `${killedBy ?? `status ${code}`} ${stderr.trim()}`.trim();
  const isError = killedBy !== null || (code !== 0 && (stdout === '' || 'raises' in one.expected));
  return judge(one, isError ? { raises: error } : { value: stdout });
}
