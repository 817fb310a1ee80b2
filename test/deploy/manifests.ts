import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

export const FOLDER = join(import.meta.dirname, '..', '..', 'deploy', 'kubernetes');

export interface Manifest {
  readonly file: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: unknown;
  readonly stringData?: Readonly<Record<string, string>>;
}

/** The fields that our kustomization.yaml files use. */
const kustomization = z.strictObject({
  apiVersion: z.enum(['kustomize.config.k8s.io/v1beta1', 'kustomize.config.k8s.io/v1alpha1']),
  kind: z.enum(['Kustomization', 'Component']),
  namespace: z.string().optional(),
  resources: z.array(z.string()).default([]),
  components: z.array(z.string()).default([]),
  images: z
    .array(z.strictObject({ name: z.string(), newName: z.string().optional(), newTag: z.string() }))
    .default([]),
  patches: z
    .array(
      z.strictObject({
        target: z.strictObject({ kind: z.string(), name: z.string().optional() }),
        patch: z.string(),
      }),
    )
    .default([]),
});

export type Kustomization = z.output<typeof kustomization> & { readonly folder: string };

const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.yaml'),
);

/** All manifests in the folder, also those that no kustomization lists. */
export const manifests: readonly Manifest[] = files
  .filter((file) => !file.endsWith('kustomization.yaml'))
  .flatMap((file) => documents(file).map((document) => ({ ...(document as Manifest), file })));

export const kustomizations: readonly Kustomization[] = files
  .filter((file) => file.endsWith('kustomization.yaml'))
  .map((file) => ({ folder: join(file, '..'), ...kustomization.parse(documents(file)[0]) }));

/** The manifests of some kinds. Their `spec` is cast; schemas.test.ts validates it. */
export const ofKind = <Spec = unknown>(...kinds: readonly string[]) =>
  manifests.flatMap(({ spec, ...manifest }) =>
    kinds.includes(manifest.kind) ? [{ ...manifest, spec: spec as Spec }] : [],
  );

function documents(file: string): unknown[] {
  const parsed = parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8'), { strict: true });
  return [...parsed].map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem) throw new Error(`${file}: ${problem.message}`);
    return document.toJS();
  });
}
