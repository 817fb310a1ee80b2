import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Excludes the caller's keys and settings, which Compose would pass to the containers. */
const dockerEnvironment = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^(PATH|HOME|TMPDIR|XDG_|DOCKER_|BUILDKIT_)/.test(name)),
  );

interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
}

/** Runs a command of the Docker client. Resolves for any exit code. */
export async function tryDocker(
  args: readonly string[],
  { cwd, env }: CommandOptions = {},
): Promise<CommandResult> {
  const options = { cwd, env: { ...dockerEnvironment(), ...env }, maxBuffer: 256 * 1024 * 1024 };
  return run('docker', args, options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Error & CommandResult) => {
      if (typeof error.code !== 'number') throw error;
      return { code: error.code, stdout: error.stdout, stderr: error.stderr };
    },
  );
}

/** Runs a command of the Docker client. @returns its stdout @throws Error if it fails */
export async function docker(args: readonly string[], commandOptions: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await tryDocker(args, commandOptions);
  if (code !== 0) throw new Error(`docker ${args.join(' ')} exited with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}

export const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
