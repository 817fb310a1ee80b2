import { type ApiOptions, apiSettings, checkExposure } from '@codegen/api';
import { readSettings, url } from '@codegen/settings';
import { type WorkerOptions, workerQueues, workerSettings } from '@codegen/worker';
import { z } from 'zod';

/** All that one person's system can be told; most of it is what API and worker can be told. */
export const localSettings = z.object({
  ...workerSettings.shape,
  ...apiSettings.shape,
  DATA_DIR: z.string().default('.data').describe('Folder where `npm start` keeps the data of its own Redis'),
});

/** Settings of the one-shot command alone. */
export const generateSettings = z.object({
  CODEGEN_URL: url(['http', 'https']).describe(
    'A running service for `npm run generate` to use instead of its own',
  ),
  CODEGEN_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'visible ASCII characters')
    .optional()
    .describe('The key for the service at `CODEGEN_URL`, if it asks for one'),
});

export interface LocalOptions {
  readonly api: Omit<ApiOptions, 'REDIS_URL'>;
  readonly worker: Omit<WorkerOptions, 'REDIS_URL'>;
  /** Null: start a Redis of our own. */
  readonly redisUrl: string | null;
  /** No key and no server was named: the simulator answers. */
  readonly simulate: boolean;
  /** The folder of data that is to last. */
  readonly dataDir: string;
  /** Where programs are looked for. */
  readonly path: string;
}

/** @throws SettingsError */
export function readLocalOptions(env = process.env): LocalOptions {
  const settings = readSettings(localSettings, env);
  checkExposure(settings);
  return {
    api: settings,
    // All of the queues: there is no other worker.
    worker: { ...settings, WORKER_QUEUES: workerQueues({ ...settings, WORKER_QUEUES: [] }) },
    redisUrl: settings.REDIS_URL,
    simulate: settings.OPENROUTER_API_KEY === undefined && settings.BASE_URL === null,
    dataDir: settings.DATA_DIR,
    path: env.PATH ?? '',
  };
}

/** @throws SettingsError */
export const readGenerateSettings = (env = process.env) => readSettings(generateSettings, env);
