import { type CaseRun, type Code, type RunCases, StageError } from '@codegen/pipeline';
import { createProgramQueue, type ProgramQueue, ProgramsUnavailable } from '@codegen/queue';
import {
  assertAvailable,
  DEFAULT_LIMITS,
  fileNameOf,
  LANGUAGES,
  type Language,
  type Program,
  run,
  SandboxUnavailable,
  supports,
} from '@codegen/sandbox';
import { SettingsError } from '@codegen/settings';
import { z } from 'zod';
import type { WorkerOptions } from './config.ts';

const UNSUPPORTED: CaseRun = {
  load: 'unsupported',
  reason: 'the sandbox does not run this language',
  results: [],
};

type IsLanguage = (language: string | null) => language is Language;

/** Whether a sandbox service may run a language. The service replies `unsupported` if it has no compiler of it. */
const isLanguage: IsLanguage = (language): language is Language => LANGUAGES.some((one) => one === language);

/** The program that a code consists of. Null if the sandbox does not run its language. */
function programOf({ files, language }: Code, isSupported: IsLanguage): Program | null {
  const parts = files.filter(({ inText }) => inText);
  const main = language ?? parts.map((file) => file.language).find(isSupported) ?? null;
  if (!isSupported(main)) return null;
  // Blocks without a name are parts of one file.
  const rest = parts.filter(({ name }) => name === null);
  const joined = rest.map(({ content }) => content).join('\n\n');
  const named = parts.flatMap(({ name, content }) => (name === null ? [] : [{ name, content }]));
  let fileName = fileNameOf(main);
  while (named.some(({ name }) => name === fileName)) fileName = `_${fileName}`;
  const program = rest.length === 0 ? named : [{ name: fileName, content: joined }, ...named];
  return program.length === 0 ? null : { language: main, files: program };
}

/** Where programs run. */
interface Sandbox {
  readonly runCases: RunCases;
  close(): Promise<void>;
}

const unavailable = (error: Error) =>
  new StageError({ intent: 'giveUp', code: 'sandbox', message: error.message }, { cause: error });

/** Runs code on test cases in a locked process of this machine. */
export const runCases: RunCases = async (code, cases, signal) => {
  const program = programOf(code, supports);
  if (program === null) return UNSUPPORTED;
  return run(program, cases, DEFAULT_LIMITS, signal).catch((error: unknown) => {
    throw error instanceof SandboxUnavailable ? unavailable(error) : error;
  });
};

const MAX_TEXT = 1_000;
const replySchema = z.object({
  load: z.enum(['loaded', 'broken', 'unsupported']),
  reason: z.string().max(MAX_TEXT).nullable(),
  results: z.array(
    z.object({
      verdict: z.enum(['passed', 'failed', 'timeout', 'unsupported']),
      actual: z.string().max(MAX_TEXT).nullable(),
    }),
  ),
});

/** Runs code on test cases in a sandbox service. */
const runCasesIn =
  (programs: ProgramQueue): RunCases =>
  async (code, cases, signal) => {
    const program = programOf(code, isLanguage);
    if (program === null) return UNSUPPORTED;
    const reply = await programs.run({ program, cases }, signal).catch((error: unknown) => {
      throw error instanceof ProgramsUnavailable ? unavailable(error) : error;
    });
    const { data } = replySchema.safeParse(reply);
    if (data !== undefined && data.results.length === cases.length) return data;
    throw unavailable(new Error('the reply of the sandbox service is invalid'));
  };

/** Null if `SANDBOX` runs no programs. @throws SettingsError if programs cannot be locked here */
export async function createSandbox(options: WorkerOptions): Promise<Sandbox | null> {
  if (options.SANDBOX === 'container') {
    const redisUrl = options.SANDBOX_REDIS_URL ?? options.REDIS_URL;
    const programs = createProgramQueue({ redisUrl, namespace: options.QUEUE_NAMESPACE });
    return { runCases: runCasesIn(programs), close: programs.close };
  }
  if (options.SANDBOX !== 'embedded') return null;
  await assertAvailable().catch((error: unknown) => {
    if (!(error instanceof SandboxUnavailable)) throw error;
    throw new SettingsError(`SANDBOX=embedded cannot be used here: ${error.message}`);
  });
  return { runCases, close: async () => {} };
}
