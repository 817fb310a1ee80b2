import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { variables } from '../docs/settings-table.ts';
import { FOLDER, kustomizations, manifests, ofKind } from './manifests.ts';
import { sandboxUserArguments, userArguments } from './redis-rights.ts';
import { type Labels, program, selected, workloads } from './workloads.ts';

const api = program('api');
const worker = program('worker');
const sandbox = program('sandbox');
const [config] = ofKind('ConfigMap').filter(({ metadata }) => metadata.name === 'codegen');

describe('Kubernetes manifests', () => {
  it('are all listed by a kustomization, except the example Secret', () => {
    const named = kustomizations.flatMap(({ folder, resources, components }) =>
      [...resources, ...components].map((entry) => join(folder, entry)),
    );
    for (const path of named) expect(existsSync(join(FOLDER, path)), path).toBe(true);
    const orphans = manifests.filter(({ file }) => !named.includes(file)).map(({ file }) => file);
    expect(new Set(orphans)).toEqual(new Set(['secret.example.yaml']));
    const folders = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(kustomizations.map(({ folder }) => folder).sort()).toEqual(
      ['.', ...folders.map(({ name }) => name)].sort(),
    );
  });

  it('set only existing variables and reference only existing secrets', () => {
    const set = [api, worker, sandbox].flatMap(({ container }) => container.env.map(({ name }) => name));
    const known = variables.map(({ name }) => name);
    expect(known).toEqual(expect.arrayContaining([...set, ...Object.keys(config?.data ?? {})]));
    const secrets = ofKind('Secret');
    expect(secrets.map(({ metadata }) => metadata.name)).toEqual(['codegen', 'codegen-sandbox']);
    for (const { metadata, stringData = {} } of secrets) {
      const references = new RegExp(`"secretKeyRef":\\{"name":"${metadata.name}","key":"(\\w+)"`, 'g');
      const triggers = new RegExp(`"parameter":"\\w+","name":"${metadata.name}","key":"(\\w+)"`, 'g');
      const text = JSON.stringify(manifests);
      const used = [...text.matchAll(references), ...text.matchAll(triggers)].map(([, key]) => key);
      expect([...new Set(used)].sort(), metadata.name).toEqual(Object.keys(stringData).sort());
    }
  });

  it('give Redis two users with the documented rights', () => {
    const [redis] = workloads.filter(({ kind }) => kind === 'StatefulSet');
    const [container] = redis?.spec.template.spec.containers ?? [];
    const namespace = config?.data?.QUEUE_NAMESPACE ?? '';
    expect(container?.command?.slice(2)).toEqual([
      ...userArguments('$(REDIS_PASSWORD)', namespace),
      ...sandboxUserArguments('$(SANDBOX_REDIS_PASSWORD)', namespace),
    ]);
    const [secret] = ofKind('Secret');
    expect(secret?.stringData?.REDIS_URL).toMatch(/^redis:\/\/codegen:/);
    expect(secret?.stringData?.REDIS_USERNAME).toBe('codegen');
  });

  it('run existing programs of the image', () => {
    for (const { container } of [api, worker, sandbox]) {
      expect(container.image).toBe(
        `code-generation-agent${container === sandbox.container ? '-sandbox' : ''}`,
      );
      const [runtime, entry = ''] = container.args;
      expect(runtime).toBe('node');
      expect(existsSync(join(FOLDER, '..', '..', entry)), entry).toBe(true);
    }
    expect(kustomizations.flatMap(({ images }) => images.map(({ name }) => name))).toEqual([
      api.container.image,
      sandbox.container.image,
      'redis',
    ]);
  });

  it('select existing pods', () => {
    for (const { spec } of workloads)
      expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
    const selectors = [
      ...ofKind<{ selector: Labels }>('Service').map(({ spec }) => spec.selector),
      ...ofKind<{ selector: { matchLabels: Labels } }>('PodDisruptionBudget').map(
        ({ spec }) => spec.selector.matchLabels,
      ),
      ...ofKind<{ podSelector: { matchLabels: Labels } }>('NetworkPolicy').map(
        ({ spec }) => spec.podSelector.matchLabels,
      ),
    ];
    expect(selectors.length).toBeGreaterThan(5);
    for (const selector of selectors) expect(selected(selector)).toHaveLength(1);
    const scaled = ofKind<{ scaleTargetRef: { name: string } }>('HorizontalPodAutoscaler', 'ScaledObject');
    const deployments = ofKind('Deployment').map(({ metadata }) => metadata.name);
    for (const { spec } of scaled) expect(deployments).toContain(spec.scaleTargetRef.name);
  });

  it('send requests and probes to the port of the API', () => {
    expect(api.container.ports).toEqual([{ name: 'http', containerPort: Number(api.set('PORT')) }]);
    expect(api.container.readinessProbe?.httpGet).toEqual({ path: '/healthz', port: 'http' });
    expect(api.set('HOST')).toBe('0.0.0.0');
    const [service] = ofKind('Service').filter(({ metadata }) => metadata.name === 'codegen-api');
    expect(service?.spec).toMatchObject({ ports: [{ targetPort: 'http' }] });
  });

  it('have a termination grace period longer than the longest stage', () => {
    // A process exits 5 s after its own grace period at the latest.
    const longest = ({ set }: typeof api) => Number(set('SHUTDOWN_GRACE_SECONDS')) + 5;
    expect(longest(worker)).toBeGreaterThan(Number(worker.set('MODEL_TIMEOUT_SECONDS')) + 5);
    expect(worker.pod.terminationGracePeriodSeconds).toBeGreaterThan(longest(worker));
    const [, pause] = api.container.lifecycle?.preStop.exec.command ?? [];
    expect(api.pod.terminationGracePeriodSeconds).toBeGreaterThan(Number(pause) + longest(api));
  });

  it('run pods with minimal privileges', () => {
    for (const { spec } of workloads) {
      expect(spec.template.spec).toMatchObject({
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const { securityContext } of spec.template.spec.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
    }
  });

  it('give the sandbox no key, no token, and its own user of Redis', () => {
    const { pod, container } = sandbox;
    expect(container.env.map(({ name }) => name)).toEqual([
      'QUEUE_NAMESPACE',
      'SHUTDOWN_GRACE_SECONDS',
      'SANDBOX_REDIS_URL',
    ]);
    expect(container.envFrom).toBeUndefined();
    expect(JSON.stringify(container).match(/"secretKeyRef":\{"name":"[\w-]+"/g)).toEqual([
      '"secretKeyRef":{"name":"codegen-sandbox"',
    ]);
    expect(config?.data?.SANDBOX).toBe('container');
    expect(pod.serviceAccountName).toBe('codegen-sandbox');
    const accounts = manifests.filter(({ kind }) => kind === 'ServiceAccount');
    expect(accounts).toMatchObject([
      { metadata: { name: 'codegen-sandbox' }, automountServiceAccountToken: false },
    ]);
    expect(pod.volumes).toEqual([{ name: 'programs', emptyDir: { medium: 'Memory', sizeLimit: '128Mi' } }]);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(
      Number(sandbox.set('SHUTDOWN_GRACE_SECONDS')) + 5,
    );
  });

  it('let the sandbox connect to Redis and resolve its name, and nothing connect to the sandbox', () => {
    const [policy] = ofKind<{ ingress: unknown; egress: { to: object; ports: { port: number }[] }[] }>(
      'NetworkPolicy',
    ).filter(({ metadata }) => metadata.name === 'codegen-sandbox');
    expect(policy?.spec.ingress).toEqual([]);
    expect(policy?.spec.egress.flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual([53, 53, 6379]);
    expect(JSON.stringify(policy)).not.toContain('ipBlock');
  });

  it('open only HTTPS to addresses outside the cluster', () => {
    interface Policy {
      readonly egress?: readonly {
        readonly to?: readonly object[];
        readonly ports?: readonly { port: number }[];
      }[];
    }
    const rules = ofKind<Policy>('NetworkPolicy').flatMap(({ spec }) => spec.egress ?? []);
    expect(rules.length).toBeGreaterThan(3);
    for (const { to = [], ports = [] } of rules) {
      expect(to).not.toEqual([]);
      expect(ports).not.toEqual([]);
      if (JSON.stringify(to).includes('ipBlock')) expect(ports).toEqual([{ port: 443 }]);
    }
  });

  it('scale workers by the lists of their queue, below their concurrency', () => {
    interface Scaled {
      readonly triggers: readonly {
        readonly metadata: { readonly listName: string; readonly listLength: string };
      }[];
    }
    const [busy, waiting] = ofKind<Scaled>('ScaledObject').flatMap(({ spec }) => spec.triggers);
    const prefix = `{${config?.data?.QUEUE_NAMESPACE}}:stages`;
    expect(busy?.metadata.listName).toBe(`${prefix}:active`);
    expect(waiting?.metadata.listName).toBe(`${prefix}:prioritized`);
    expect(Number(busy?.metadata.listLength)).toBeLessThan(Number(worker.set('WORKER_CONCURRENCY')));
  });
});
