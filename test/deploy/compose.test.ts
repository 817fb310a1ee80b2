import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { apiSettings } from '@codegen/api/settings';
import { ROOT } from '@codegen/testing/process/program';
import { workerSettings } from '@codegen/worker/settings';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { sandboxUserArguments, userArguments } from './redis-rights.ts';

interface Service {
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly env_file?: unknown;
  readonly image: string;
  readonly build?: unknown;
  readonly networks: readonly string[];
  readonly command: readonly string[];
  readonly deploy: { readonly resources: { readonly limits: { readonly pids?: number } } };
}

const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
const { services, networks } = parse(text, { merge: true }) as {
  services: Readonly<Record<string, Service>>;
  networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
};
const namesOf = (service: string) => Object.keys(services[service]?.environment ?? {}).sort();

describe('docker-compose.yml', () => {
  it.each([
    ['api', apiSettings],
    ['worker', workerSettings],
  ] as const)('gives the service %s every variable that it reads, and no other', (name, settings) => {
    const known = Object.keys(settings.shape);
    expect(namesOf(name)).toEqual(expect.arrayContaining(known));
    // OpenTelemetry's SDK reads variables of its own.
    expect(namesOf(name).filter((one) => !known.includes(one) && !one.startsWith('OTEL_'))).toEqual([]);
    expect(services[name]?.env_file).toBeUndefined();
  });

  it('gives no variables to the simulator', () => {
    expect(services.simulator).not.toHaveProperty('env_file');
    expect(namesOf('simulator')).toEqual([]);
  });

  it('gives the sandbox no key, its own user of Redis and a network without exit', () => {
    const { environment, networks: joined } = services.sandbox!;
    expect(environment).toEqual({
      SANDBOX_REDIS_URL: 'redis://sandbox:$' + '{SANDBOX_REDIS_PASSWORD:-codegen-sandbox}@redis:6379',
      QUEUE_NAMESPACE: null,
      LOG_LEVEL: null,
    });
    for (const name of ['api', 'worker'])
      expect(services[name]?.environment?.SANDBOX, name).toBe('$' + '{SANDBOX:-container}');
    expect(joined).toEqual(['sandbox']);
    expect(networks.sandbox).toEqual({ internal: true });
    const attached = Object.keys(services).filter((name) => services[name]?.networks.includes('sandbox'));
    expect(attached).toEqual(['redis', 'sandbox']);
    expect(services.sandbox).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  it('gives API and workers a user of Redis with the documented rights', () => {
    const password = '$' + '{REDIS_PASSWORD:-codegen}';
    const { command = [], environment } = services.redis ?? {};
    const user = userArguments(password, '$' + '{QUEUE_NAMESPACE:-codegen}');
    expect(command.slice(command.indexOf('--user')).slice(0, user.length)).toEqual(user);
    expect(environment).toEqual({ REDISCLI_AUTH: password });
    const sandboxUser = sandboxUserArguments(
      '$' + '{SANDBOX_REDIS_PASSWORD:-codegen-sandbox}',
      '$' + '{QUEUE_NAMESPACE:-codegen}',
    );
    expect(command.slice(command.indexOf('sandbox') - 1)).toEqual(sandboxUser);
    for (const name of ['settings', 'api', 'worker'])
      expect(services[name]?.environment?.REDIS_URL).toBe(`redis://codegen:${password}@redis:6379`);
  });

  it('lets only API and workers reach out, apart from the dashboard with its published port', () => {
    const isInternal = (network: string) => networks[network]?.internal === true;
    const reachOut = Object.entries(services).filter(([, { networks: joined }]) => !joined.every(isInternal));
    expect(reachOut.map(([name]) => name)).toEqual(['api', 'worker', 'grafana']);
    expect(services.redis?.networks).toEqual(['queue', 'sandbox']);
    expect(services.grafana?.networks).not.toContain('queue');
  });

  it('builds each image in one service, the one with compilers for the sandbox only', () => {
    const built = Object.entries(services).filter(([, { build }]) => build !== undefined);
    expect(built.map(([name]) => name)).toEqual(['settings', 'sandbox']);
    expect(services.sandbox?.build).toMatchObject({ target: 'sandbox' });
    for (const name of ['api', 'worker', 'simulator'])
      expect(services[name]?.image).toBe(services.settings?.image);
  });

  it('can take every image of others by digest, from deploy/image-digests.env', () => {
    const digests = parseEnv(readFileSync(join(ROOT, 'deploy/image-digests.env'), 'utf8'));
    const defaults = [...text.matchAll(/\$\{([A-Z]+_IMAGE):-([^}:]+):[^}]+\}/g)];
    expect(Object.keys(digests).sort()).toEqual(defaults.map(([, name]) => name).sort());
    for (const [, name = '', repository] of defaults)
      expect(digests[name], name).toMatch(RegExp(`^${repository}:[\\w.-]+@sha256:[0-9a-f]{64}$`));
  });

  it('limits the processes of every container', () => {
    for (const [name, { deploy }] of Object.entries(services))
      expect(deploy.resources.limits.pids, name).toBeGreaterThan(0);
  });
});
