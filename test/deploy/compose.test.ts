import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiSettings } from '@codegen/api/settings';
import { ROOT } from '@codegen/testing/process/program';
import { workerSettings } from '@codegen/worker/settings';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Service {
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly env_file?: unknown;
  readonly networks?: readonly string[];
  readonly image: string;
  readonly command: readonly string[];
  readonly deploy: { readonly resources: { readonly limits: { readonly pids?: number } } };
}

const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
const { services, networks: composeNetworks } = parse(text, { merge: true }) as {
  services: Readonly<Record<string, Service>>;
  networks: Readonly<Record<string, unknown>>;
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
    const { environment, networks } = services.sandbox!;
    expect(environment).toEqual({
      SANDBOX_REDIS_URL: 'redis://sandbox:$' + '{SANDBOX_REDIS_PASSWORD:-codegen-sandbox}@redis:6379',
      QUEUE_NAMESPACE: null,
      LOG_LEVEL: null,
    });
    expect(networks).toEqual(['sandbox']);
    expect(composeNetworks.sandbox).toEqual({ internal: true });
    const attached = Object.keys(services).filter((name) => services[name]?.networks?.includes('sandbox'));
    expect(attached).toEqual(['redis', 'sandbox']);
    expect(services.sandbox).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  it('requires the same password of Redis that API and workers have', () => {
    const password = '$' + '{REDIS_PASSWORD:-codegen}';
    const { command = [], environment } = services.redis ?? {};
    expect(command.slice(command.indexOf('--requirepass')).slice(0, 2)).toEqual(['--requirepass', password]);
    expect(environment).toEqual({ REDISCLI_AUTH: password });
    for (const name of ['settings', 'api', 'worker'])
      expect(services[name]?.environment?.REDIS_URL).toBe(`redis://:${password}@redis:6379`);
  });

  it('limits the processes of every container', () => {
    for (const [name, { deploy }] of Object.entries(services))
      expect(deploy.resources.limits.pids, name).toBeGreaterThan(0);
  });
});
