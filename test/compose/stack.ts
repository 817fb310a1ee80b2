import { randomInt } from 'node:crypto';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '@codegen/testing/process/program';
import { inject } from 'vitest';
import { type CommandResult, docker, lines, tryDocker } from './docker.ts';

const FILES = ['docker-compose.yml', 'docker-compose.pools.yml'] as const;

/** A Compose project with copies of the repository's files, in a folder without the developer's .env. */
export interface Project extends AsyncDisposable {
  compose(...args: readonly string[]): Promise<string>;
  tryCompose(...args: readonly string[]): Promise<CommandResult>;
  /** Ids of the containers of one or all services, including stopped ones. */
  containers(service?: string): Promise<string[]>;
  /** Ended stages with their worker, from the service logs. */
  endedStages(): Promise<EndedStage[]>;
  /** Adds a fault rule to the simulator. */
  fault(rule: unknown): Promise<void>;
}

export interface EndedStage {
  /** Container id of the worker. */
  readonly worker: string;
  readonly run: string;
  readonly stage: string;
}

interface ProjectOptions {
  readonly profile?: 'demo';
  readonly files?: readonly (typeof FILES)[number][];
  /** Content of its .env. */
  readonly dotEnv?: string;
  readonly env?: Record<string, string>;
}

let projects = 0;

export async function createProject(options: ProjectOptions = {}): Promise<Project> {
  const { profile, files = ['docker-compose.yml'], dotEnv, env = {} } = options;
  const cwd = await mkdtemp(join(tmpdir(), 'codegen-compose-'));
  await Promise.all(FILES.map((file) => copyFile(join(ROOT, file), join(cwd, file))));
  if (dotEnv !== undefined) await writeFile(join(cwd, '.env'), dotEnv);
  const project = ['compose', '--project-name', `${inject('prefix')}-${++projects}`];
  const flags = [
    ...files.flatMap((file) => ['--file', file]),
    ...(profile ? ['--profile', profile] : []),
    '--ansi',
    'never',
  ];
  const commandOptions = {
    cwd,
    env: { CODEGEN_IMAGE: inject('image'), CODEGEN_SANDBOX_IMAGE: inject('sandboxImage'), ...env },
  };
  const compose = (...args: readonly string[]) => docker([...project, ...flags, ...args], commandOptions);
  return {
    compose,
    tryCompose: (...args) => tryDocker([...project, ...flags, ...args], commandOptions),
    containers: async (service) =>
      lines(await compose('ps', '--all', '--quiet', ...(service === undefined ? [] : [service]))),
    async endedStages() {
      const ids = lines(await compose('ps', '--all', '--quiet'));
      const output = await Promise.all(
        ids.map(async (id) => ({ id, output: lines(await docker(['logs', id])) })),
      );
      return output.flatMap(({ id, output }) =>
        output
          .filter((line) => line.startsWith('{') && line.includes('"stage ended"'))
          .map((line) => ({ worker: id, ...JSON.parse(line) })),
      );
    },
    async fault(rule) {
      const post = `const { ok } = await fetch('http://127.0.0.1:4010/_simulator/faults', { method: 'POST', body: process.argv[1] });
        process.exit(ok ? 0 : 1)`;
      await compose(
        'exec',
        '-T',
        'simulator',
        'node',
        '--input-type=module',
        '-e',
        post,
        JSON.stringify(rule),
      );
    },
    async [Symbol.asyncDispose]() {
      await compose('down', '--volumes', '--remove-orphans', '--timeout', '1');
      await rm(cwd, { recursive: true, force: true });
    },
  };
}

/** The first of ten consecutive free ports below the range of ephemeral ports. */
export async function freePorts(): Promise<number> {
  for (;;) {
    const first = 20_000 + 10 * randomInt(1_000);
    const all = await Promise.all(Array.from({ length: 10 }, (_, index) => isFree(first + index)));
    if (!all.includes(false)) return first;
  }
}

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const server = createServer().on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** Starts the services and waits until all are healthy. */
export const up = (project: Project, scale: Record<string, number>): Promise<string> =>
  project.compose(
    'up',
    '--detach',
    '--no-build',
    '--wait',
    '--wait-timeout',
    '180',
    ...Object.entries(scale).flatMap(([service, count]) => ['--scale', `${service}=${count}`]),
  );

export interface ContainerState {
  readonly name: string;
  readonly code: number;
  readonly running: boolean;
  readonly killed: boolean;
}

/** Exit codes and states of containers. */
export async function containerStates(ids: readonly string[]): Promise<ContainerState[]> {
  const all = JSON.parse(await docker(['container', 'inspect', ...ids]));
  return all.map(({ Name, State }: Inspected) => ({
    name: Name,
    code: State.ExitCode,
    running: State.Running,
    killed: State.OOMKilled,
  }));
}

interface Inspected {
  readonly Name: string;
  readonly State: { readonly ExitCode: number; readonly Running: boolean; readonly OOMKilled: boolean };
}
