import { type CaseRun, type Code, type RunCases, StageError } from '@codegen/pipeline';
import { DEFAULT_LIMITS, type Program, run, SandboxUnavailable, supports } from '@codegen/sandbox';
import { SettingsError } from '@codegen/settings';

const UNSUPPORTED: CaseRun = {
  load: 'unsupported',
  reason: 'the sandbox does not run this language',
  results: [],
};

/** Names for blocks without one. */
const EXTENSIONS = { python: 'py', javascript: 'js', typescript: 'ts' } satisfies Record<
  Program['language'],
  string
>;

/** The program that a code consists of. Null if the sandbox does not run its language. */
function programOf({ files, language }: Code): Program | null {
  const parts = files.filter(({ inText }) => inText);
  const main = language ?? parts.map((file) => file.language).find(supports) ?? null;
  if (!supports(main)) return null;
  // Blocks without a name are parts of one file.
  const rest = parts.filter(({ name }) => name === null);
  const joined = rest.map(({ content }) => content).join('\n\n');
  const named = parts.flatMap(({ name, content }) => (name === null ? [] : [{ name, content }]));
  const program =
    rest.length === 0 ? named : [{ name: `main.${EXTENSIONS[main]}`, content: joined }, ...named];
  return program.length === 0 ? null : { language: main, files: program };
}

/** Runs code on test cases in a locked process of this machine. */
export const runCases: RunCases = async (code, cases, signal) => {
  const program = programOf(code);
  if (program === null) return UNSUPPORTED;
  return run(program, cases, DEFAULT_LIMITS, signal).catch((error: unknown) => {
    if (!(error instanceof SandboxUnavailable)) throw error;
    throw new StageError({ intent: 'giveUp', code: 'sandbox', message: error.message }, { cause: error });
  });
};

/** @throws SettingsError if programs cannot be locked here */
export async function checkSandbox(): Promise<void> {
  const program: Program = { language: 'javascript', files: [{ name: 'main.js', content: '' }] };
  try {
    await run(program, []);
  } catch (error) {
    if (!(error instanceof SandboxUnavailable)) throw error;
    throw new SettingsError(`SANDBOX=embedded cannot be used here: ${error.message}`);
  }
}
