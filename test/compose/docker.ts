import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Nothing of the caller's keys and settings: they would reach the containers. */
const bare = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^(PATH|HOME|TMPDIR|XDG_|DOCKER_|BUILDKIT_)/.test(name)),
  );

interface Place {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
}

/** One command of the Docker client, whatever its exit code. */
export async function tryDocker(args: readonly string[], { cwd, env }: Place = {}): Promise<Said> {
  const options = { cwd, env: { ...bare(), ...env }, maxBuffer: 256 * 1024 * 1024 };
  return run('docker', args, options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Error & Said) => {
      if (typeof error.code !== 'number') throw error;
      return { code: error.code, stdout: error.stdout, stderr: error.stderr };
    },
  );
}

/** What a command of the Docker client prints; rejects with what it complains about. */
export async function docker(args: readonly string[], place: Place = {}): Promise<string> {
  const { code, stdout, stderr } = await tryDocker(args, place);
  if (code !== 0) throw new Error(`docker ${args.join(' ')} exited with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}

export const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
