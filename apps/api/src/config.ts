import { queueSettings, requireRedisUrl } from '@codegen/queue';
import {
  boolean,
  integer,
  list,
  logLevel,
  readSettings,
  SettingsError,
  shutdownGrace,
} from '@codegen/settings';
import { z } from 'zod';
import { apiKeys } from './api-keys.ts';

/** The API's environment variables; each description is the variable's line in the README. */
export const apiSettings = z.object({
  ...queueSettings.shape,
  PORT: integer(0, 65_535, 8000).describe('Port the API listens on; 0 takes a free one'),
  HOST: z
    .string()
    .default('127.0.0.1')
    .describe('Address the API listens on; `0.0.0.0` opens it to the network'),
  SYNC_WAIT_SECONDS: integer(0, 3_600, 50).describe(
    'Longest time a request waits for its result before it gets `202` and a job to poll',
  ),
  MAX_QUERY_CHARS: integer(1, 100_000, 8_000).describe('Longest `query` accepted, in characters'),
  ALLOWED_MODELS: list([]).describe(
    'Models callers may choose with `models`, between commas; they cannot choose when not set',
  ),
  DISCONNECT_GRACE_SECONDS: integer(0, 3_600, 10).describe(
    'Seconds after which a job is cancelled that everybody has left, if one of them sent `on_disconnect=cancel`',
  ),
  MAX_QUEUED: integer(0, 1_000_000, 10_000).describe(
    'Stages that may wait for a worker before further requests get `503`',
  ),
  API_KEYS: apiKeys.describe(
    'Who may use the API: `name:hash` pairs between commas, as `npm run key -- name` prints them; nobody is asked when not set',
  ),
  ALLOW_ANONYMOUS: boolean(false).describe(
    'Whether an API without `API_KEYS` may listen on other addresses than loopback',
  ),
  SHUTDOWN_GRACE_SECONDS: shutdownGrace,
  LOG_LEVEL: logLevel,
});

type ApiSettings = z.output<typeof apiSettings>;

/** The API's settings with all it cannot do without. */
export type ApiOptions = ApiSettings & { readonly REDIS_URL: string };

/** @throws SettingsError */
export function readApiOptions(env = process.env): ApiOptions {
  const settings = readSettings(apiSettings, env);
  const REDIS_URL = requireRedisUrl(settings);
  checkExposure(settings);
  return { ...settings, REDIS_URL };
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/** @throws SettingsError if anybody on the network could spend the service's credit */
export function checkExposure({ HOST, API_KEYS, ALLOW_ANONYMOUS }: ApiSettings) {
  if (LOOPBACK.test(HOST) || API_KEYS.length > 0 || ALLOW_ANONYMOUS) return;
  throw new SettingsError(
    `HOST is ${JSON.stringify(HOST)}, which others can reach; it must be a loopback address unless API_KEYS is set or ALLOW_ANONYMOUS is true`,
  );
}
