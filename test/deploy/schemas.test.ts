import { describe, expect, it } from 'vitest';
import { manifests } from './manifests.ts';
import { schemaError, typeErrors } from './schemas.ts';

const metadata = { name: 'one' };

describe('the schemas of Kubernetes and KEDA', () => {
  it('reject unknown fields at any depth', async () => {
    const containers = [{ name: 'one', imagePulPolicy: 'Always' }];
    expect(await typeErrors([{ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } }])).toContain(
      'imagePulPolicy',
    );
    const spec = { scaleTargetRef: { name: 'one' }, triggers: [], maxReplica: 1 };
    const scaled = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata, spec };
    expect(await typeErrors([scaled])).toContain('maxReplica');
  });

  it('reject an invalid value and an unknown kind', async () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 'http' }] } };
    expect(await schemaError(service)).toContain('/spec/ports/0/port');
    expect(await schemaError({ ...service, kind: 'Servise' })).toContain('Servise');
  });

  it('accept the manifests', async () => {
    expect(manifests.length).toBeGreaterThan(10);
    const bare = manifests.map(({ file: _, ...manifest }) => manifest);
    for (const manifest of bare) {
      const { name } = manifest.metadata;
      expect([name, await schemaError(manifest)]).toEqual([name, null]);
    }
    expect(await typeErrors(bare)).toBe('');
  });
});
