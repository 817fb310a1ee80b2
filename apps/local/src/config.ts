import { type ApiOptions, apiSettings } from '@codegen/api';
import { readSettings, url } from '@codegen/settings';
import { type WorkerOptions, workerSettings } from '@codegen/worker';
import { z } from 'zod';

/** All that one person's system can be told; most of it is what API and worker can be told. */
export const localSettings = z.object({ ...workerSettings.shape, ...apiSettings.shape });

/** Settings of the one-shot command alone. */
export const generateSettings = z.object({
  CODEGEN_URL: url(['http', 'https']).describe(
    'A running service for `npm run generate` to use instead of its own',
  ),
});

export interface LocalOptions {
  readonly api: Omit<ApiOptions, 'REDIS_URL'>;
  readonly worker: Omit<WorkerOptions, 'REDIS_URL'>;
  /** Null: start a Redis of our own. */
  readonly redisUrl: string | null;
  /** No key and no server was named: the simulator answers. */
  readonly simulate: boolean;
  /** Where programs are looked for. */
  readonly path: string;
}

/** @throws SettingsError */
export function readLocalOptions(env = process.env): LocalOptions {
  const settings = readSettings(localSettings, env);
  return {
    api: settings,
    worker: settings,
    redisUrl: settings.REDIS_URL,
    simulate: settings.OPENROUTER_API_KEY === undefined && settings.BASE_URL === null,
    path: env.PATH ?? '',
  };
}

/** @throws SettingsError */
export const readCodegenUrl = (env = process.env): string | null =>
  readSettings(generateSettings, env).CODEGEN_URL;
