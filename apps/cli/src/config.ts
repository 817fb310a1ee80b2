import { type ApiOptions, apiSettings, checkExposure } from '@codegen/api/settings';
import { misspeltSettings, readSettings, url } from '@codegen/settings';
import { hasNoServer, type RoleModels, resolveRoles, withProxyVariables } from '@codegen/worker/servers';
import { type WorkerOptions, workerQueues, workerSettings } from '@codegen/worker/settings';
import { z } from 'zod';

/** Settings of the service in one process: those of the API, those of the worker and the data folder. */
export const localSettings = z.object({
  ...workerSettings.shape,
  ...apiSettings.shape,
  DATA_DIR: z
    .string()
    .default('.data')
    .describe('Folder where `npm start` stores the data of its private Redis; not with `PORT=0`'),
});

/** Settings that only the generate command reads. */
export const generateSettings = z.object({
  CODEGEN_URL: url(['http', 'https']).describe(
    'A running service for `npm run generate` to use instead of starting its own',
  ),
  CODEGEN_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'visible ASCII characters')
    .optional()
    .describe('API key for the service at `CODEGEN_URL`, if it requires one'),
});

export interface LocalOptions {
  readonly api: Omit<ApiOptions, 'REDIS_URL'>;
  readonly worker: Omit<WorkerOptions, 'REDIS_URL'>;
  /** Null: start a private Redis. */
  readonly redisUrl: string | null;
  /** True if neither a key nor a model server is set: the simulator answers. */
  readonly simulate: boolean;
  /** Servers and models of the roles; empty if the simulator answers. */
  readonly roles: readonly RoleModels[];
  /** Folder for data that survives a restart. */
  readonly dataDir: string;
  /** The `PATH` to search for `redis-server` or `valkey-server`. */
  readonly path: string;
}

/** @throws SettingsError */
export function readLocalOptions(env = process.env): LocalOptions {
  const settings = readSettings(localSettings, withProxyVariables(env));
  checkExposure(settings);
  const simulate = hasNoServer(settings);
  const roles = simulate ? [] : resolveRoles(settings);
  return {
    api: settings,
    // The only worker of the system must serve all queues.
    worker: { ...settings, WORKER_QUEUES: workerQueues({ ...settings, WORKER_QUEUES: [] }) },
    redisUrl: settings.REDIS_URL,
    simulate,
    roles,
    dataDir: settings.DATA_DIR,
    path: env.PATH ?? '',
  };
}

/** A sentence for each variable that is likely a misspelt setting. */
export const settingWarnings = (env = process.env) =>
  misspeltSettings(localSettings.extend(generateSettings.shape), env);

/** @throws SettingsError */
export const readGenerateSettings = (env = process.env) => readSettings(generateSettings, env);

/** Names of npm's settings that are true or have a value, without their prefix. npm passes its options as these. */
export const readNpmSettings = (env = process.env): ReadonlySet<string> =>
  new Set(
    Object.entries(env).flatMap(([name, value]) =>
      name.startsWith('npm_config_') && value && value !== 'false' ? [name.slice('npm_config_'.length)] : [],
    ),
  );
