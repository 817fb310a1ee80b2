import { describe, expect, it } from 'vitest';
import { manifests } from './manifests.ts';
import { unknownFields, wrongValues } from './schemas.ts';

const metadata = { name: 'one' };

describe('the schemas of Kubernetes and KEDA', () => {
  it('refuse an unknown field, however deep', async () => {
    const containers = [{ name: 'one', imagePulPolicy: 'Always' }];
    expect(
      await unknownFields([{ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } }]),
    ).toContain('imagePulPolicy');
    const spec = { scaleTargetRef: { name: 'one' }, triggers: [], maxReplica: 1 };
    const scaled = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata, spec };
    expect(await unknownFields([scaled])).toContain('maxReplica');
  });

  it('refuse a wrong value and an unknown kind', async () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 'http' }] } };
    expect(await wrongValues(service)).toContain('/spec/ports/0/port');
    expect(await wrongValues({ ...service, kind: 'Servise' })).toContain('Servise');
  });

  it('have nothing against the manifests', async () => {
    expect(manifests.length).toBeGreaterThan(10);
    const bare = manifests.map(({ file: _, ...manifest }) => manifest);
    for (const manifest of bare) {
      const { name } = manifest.metadata;
      expect([name, await wrongValues(manifest)]).toEqual([name, null]);
    }
    expect(await unknownFields(bare)).toBe('');
  });
});
