import { randomInt } from 'node:crypto';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '@codegen/testing/process';
import { inject } from 'vitest';
import { docker, lines, type Said, tryDocker } from './docker.ts';

const FILES = ['docker-compose.yml', 'docker-compose.pools.yml'] as const;

/** A compose project of the files as they are, in a folder without anybody's .env. */
export interface Project extends AsyncDisposable {
  compose(...args: readonly string[]): Promise<string>;
  tryCompose(...args: readonly string[]): Promise<Said>;
  /** Ids of a service's containers, running or not; of all services if none is named. */
  containers(service?: string): Promise<string[]>;
  /** Which worker ended which stage of which run, from what the workers say. */
  stagesEnded(): Promise<StageEnded[]>;
  /** Has the simulator behave badly, or only slowly. */
  fault(rule: unknown): Promise<void>;
}

export interface StageEnded {
  /** Id of the worker's container. */
  readonly worker: string;
  readonly run: string;
  readonly stage: string;
}

interface ProjectOptions {
  readonly profile?: 'demo';
  readonly files?: readonly (typeof FILES)[number][];
  /** The lines of its .env. */
  readonly dotEnv?: string;
  readonly env?: Record<string, string>;
}

let projects = 0;

export async function openProject(options: ProjectOptions = {}): Promise<Project> {
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
  const place = { cwd, env: { CODEGEN_IMAGE: inject('image'), ...env } };
  const compose = (...args: readonly string[]) => docker([...project, ...flags, ...args], place);
  return {
    compose,
    tryCompose: (...args) => tryDocker([...project, ...flags, ...args], place),
    containers: async (service) =>
      lines(await compose('ps', '--all', '--quiet', ...(service === undefined ? [] : [service]))),
    async stagesEnded() {
      const ids = lines(await compose('ps', '--all', '--quiet'));
      const said = await Promise.all(
        ids.map(async (id) => ({ id, said: lines(await docker(['logs', id])) })),
      );
      return said.flatMap(({ id, said }) =>
        said
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

/** The first of ten ports of this machine that nobody listens on, and that it gives to no outgoing connection. */
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

/** Brings services up and waits until all are healthy. */
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

export interface Ended {
  readonly name: string;
  readonly code: number;
  readonly running: boolean;
  readonly killed: boolean;
}

/** How containers ended. */
export async function endings(ids: readonly string[]): Promise<Ended[]> {
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
