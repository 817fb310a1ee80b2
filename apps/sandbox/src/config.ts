import { queueSettings, requireRedisUrl, sandboxSettings } from '@codegen/queue/settings';
import { logLevel, misspeltSettings, readSettings, SettingsError, shutdownGrace } from '@codegen/settings';
import { z } from 'zod';

/** Environment variables of the sandbox service. */
export const sandboxServiceSettings = z.object({
  ...sandboxSettings.shape,
  REDIS_URL: queueSettings.shape.REDIS_URL,
  QUEUE_NAMESPACE: queueSettings.shape.QUEUE_NAMESPACE,
  SHUTDOWN_GRACE_SECONDS: shutdownGrace,
  LOG_LEVEL: logLevel,
});

export type SandboxOptions = Omit<z.output<typeof sandboxServiceSettings>, 'SANDBOX_REDIS_URL'> & {
  readonly REDIS_URL: string;
};

/** Variables that must not be in the environment of a process that runs foreign programs. */
const SECRETS = /(?:^|_)(?:API_KEYS?|ADMIN_KEYS|SECRETS?)(?:_FILE)?$/;

/** @throws SettingsError also if the environment has a key */
export function readSandboxOptions(env = process.env): SandboxOptions {
  const secret = Object.keys(env).find((name) => SECRETS.test(name) && env[name]);
  if (secret !== undefined) throw new SettingsError(`unset ${secret}: the sandbox service must have no key`);
  const { SANDBOX_REDIS_URL, ...settings } = readSettings(sandboxServiceSettings, env);
  return { ...settings, REDIS_URL: SANDBOX_REDIS_URL ?? requireRedisUrl(settings) };
}

/** A sentence for each variable that is likely a misspelt setting. */
export const sandboxSettingWarnings = (env = process.env) => misspeltSettings(sandboxServiceSettings, env);
