import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

interface Typed {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: object;
  readonly spec?: unknown;
}

type Model = new (data: object) => { validate(): void };

/** The supported API versions. */
const MODELS: Readonly<Record<string, () => Promise<object>>> = {
  v1: () => import('kubernetes-models/v1'),
  'apps/v1': () => import('kubernetes-models/apps/v1'),
  'autoscaling/v2': () => import('kubernetes-models/autoscaling/v2'),
  'networking.k8s.io/v1': () => import('kubernetes-models/networking.k8s.io/v1'),
  'policy/v1': () => import('kubernetes-models/policy/v1'),
  'keda.sh/v1alpha1': () => import('@kubernetes-models/keda/keda.sh/v1alpha1'),
};

const moduleOf = (apiVersion: string) =>
  `${apiVersion.startsWith('keda.sh/') ? '@kubernetes-models/keda' : 'kubernetes-models'}/${apiVersion}`;

/** Validates values against the JSON schema, which allows unknown fields. @returns the error, or null */
export async function schemaError(manifest: Typed): Promise<string | null> {
  const { apiVersion, kind } = manifest;
  const models = (await MODELS[apiVersion]?.()) as Record<string, Model> | undefined;
  const Model = models?.[kind];
  if (Model === undefined) return `no kind ${kind} in ${apiVersion}`;
  try {
    new Model(manifest).validate();
    return null;
  } catch (error) {
    return String(error);
  }
}

const require = createRequire(import.meta.url);
const run = promisify(execFile);

/** Type-checks manifests, which finds unknown fields. @returns the errors, or an empty string */
export async function typeErrors(manifests: readonly Typed[]): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'codegen-manifests-'));
  try {
    await symlink(join(import.meta.dirname, '..', 'node_modules'), join(dir, 'node_modules'));
    const lines = manifests.map((manifest, index) => {
      const { apiVersion, kind } = manifest;
      return `import type { I${kind} as T${index} } from '${moduleOf(apiVersion)}';
export const manifest${index}: T${index} = ${JSON.stringify(manifest, null, 1)};`;
    });
    await writeFile(join(dir, 'manifests.mts'), lines.join('\n'));
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024'];
    const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
    await run(process.execPath, [tsc, ...options, '--types', '', 'manifests.mts'], { cwd: dir });
    return '';
  } catch (error) {
    return (error as { stdout?: string }).stdout || String(error);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
