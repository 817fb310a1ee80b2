import { readSettings } from '@codegen/settings';
import { describe, expect, it } from 'vitest';
import { apiSettings, checkExposure } from '../src/config.ts';
import { digestOf } from '../src/middleware/key-ring.ts';

const line = (caller: string, key: string) => `${caller}:${digestOf(key).toString('hex')}`;

describe('an API that is not on loopback', () => {
  const read = (env: Record<string, string>) => readSettings(apiSettings, env);

  it.each(['0.0.0.0', '::', '192.168.1.5', 'example.org'])('does not start on %s without keys', (HOST) => {
    expect(() => checkExposure(read({ HOST }))).toThrow(
      /^HOST is ".+"; it must be a loopback|^HOST is ".+", which/,
    );
  });

  it.each([
    { HOST: '127.0.0.1' },
    { HOST: '::1' },
    { HOST: 'localhost' },
    { HOST: '0.0.0.0', ALLOW_ANONYMOUS: 'true' },
    { HOST: '0.0.0.0', API_KEYS: line('alice', 'one') },
    { HOST: '0.0.0.0', API_KEYS_FILE: '/keys' },
  ])('starts with %o', (env) => {
    expect(() => checkExposure(read(env))).not.toThrow();
  });
});
