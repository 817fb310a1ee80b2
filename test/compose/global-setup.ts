import { randomUUID } from 'node:crypto';
import { ROOT } from '@codegen/testing/process/program';
import type { TestProject } from 'vitest/node';
import { docker, lines } from './docker.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The image under test. */
    image: string;
    /** The same with compilers. */
    sandboxImage: string;
    /** Name prefix of all containers, volumes and networks of these tests. */
    prefix: string;
  }
}

/** Builds the image and removes it afterwards, with everything that failed tests left behind. */
export default async function setup(project: TestProject) {
  const prefix = `codegen-test-${randomUUID().slice(0, 8)}`;
  const image = `${prefix}:latest`;
  await docker(['build', '-t', image, '.'], { cwd: ROOT });
  const sandboxImage = `${prefix}-sandbox:latest`;
  await docker(['build', '--target', 'sandbox', '-t', sandboxImage, '.'], { cwd: ROOT });
  project.provide('image', image);
  project.provide('sandboxImage', sandboxImage);
  project.provide('prefix', prefix);
  return async () => {
    for (const kind of ['container', 'volume', 'network'] as const) {
      const list = [
        kind,
        'ls',
        '--quiet',
        '--filter',
        `name=${prefix}`,
        ...(kind === 'container' ? ['--all'] : []),
      ];
      const left = lines(await docker(list));
      const remove = kind === 'container' ? ['rm', '--force', '--volumes'] : [kind, 'rm'];
      if (left.length > 0) await docker([...remove, ...left]);
    }
    await docker(['image', 'rm', '--force', sandboxImage, image]);
  };
}
