import { DEFAULT_LIMITS } from '../program.ts';
import { canLaunch } from './execute.ts';
import { NATIVE_LANGUAGES, type NativeName } from './languages.ts';
import { runNative } from './run.ts';

const available = new Set<string>();

export const isAvailable = (language: string): language is NativeName => available.has(language);

/**
 * Finds out which compiled languages run here, by compiling and running a program of each. They are supported from then
 * on. A language is missing without its compiler, without Landlock or seccomp, and if the temporary folder forbids programs.
 * @returns their names, and the reason for each that is missing
 */
export async function prepareNative() {
  const missing: Record<string, string> = {};
  for (const name of Object.keys(NATIVE_LANGUAGES) as NativeName[]) {
    const reason = await reasonAgainst(name);
    if (reason === null) available.add(name);
    else missing[name] = reason;
  }
  return { languages: [...available] as NativeName[], missing };
}

async function reasonAgainst(name: NativeName): Promise<string | null> {
  if (!canLaunch()) return 'Linux on x64 or arm64 with the optional dependency koffi is needed';
  const { example, fileName } = NATIVE_LANGUAGES[name];
  try {
    const { reason, results } = await runNative(
      name,
      [{ name: fileName, content: example }],
      [{ kind: 'stdin', stdin: '', expected: { value: 'ready' } }],
      DEFAULT_LIMITS,
      undefined,
    );
    return results[0]?.verdict === 'passed' ? null : (reason ?? results[0]?.actual ?? 'it does not run');
  } catch (error) {
    return String((error as Error).message ?? error);
  }
}
