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
import { webhookSettings } from '@codegen/webhook';
import { z } from 'zod';
import { apiKeys } from './middleware/api-keys.ts';
import { corsOrigins } from './middleware/cors.ts';
import { isLoopback } from './middleware/cross-site.ts';

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
    'Jobs that may be open, taken and not ended, before further requests get `503`',
  ),
  MAX_CONCURRENT_JOBS: integer(0, 1_000_000, 0).describe(
    'Jobs that one caller may have open before its further requests get `429`; 0 for any number',
  ),
  RATE_LIMIT_PER_MINUTE: integer(0, 1_000_000, 0).describe(
    'Requests to start a job that one caller may send in a minute before it gets `429`; 0 for any number',
  ),
  MAX_CONNECTIONS: integer(1, 1_000_000, 20_000).describe(
    'Connections that one API process holds; further ones are closed at once',
  ),
  API_KEYS: apiKeys.describe(
    'Who may use the API: `name:hash` pairs between commas, as `npm run key -- name` prints them; nobody is asked when not set',
  ),
  API_KEYS_FILE: z
    .string()
    .optional()
    .describe('File with one such pair a line, besides `API_KEYS`; read again when it changes'),
  CORS_ORIGINS: corsOrigins.describe(
    'Origins of web pages that may use the API, e.g. `https://app.example.org`, or `*`; none when not set',
  ),
  ALLOW_ANONYMOUS: boolean(false).describe(
    'Whether an API without keys may listen on other addresses than loopback, and be asked for under any name',
  ),
  ...webhookSettings.shape,
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

/** @throws SettingsError if anybody on the network could spend the service's credit */
export function checkExposure({ HOST, API_KEYS, API_KEYS_FILE, ALLOW_ANONYMOUS }: ApiSettings) {
  const asks = API_KEYS.length > 0 || API_KEYS_FILE !== undefined;
  if (isLoopback(HOST) || asks || ALLOW_ANONYMOUS) return;
  throw new SettingsError(
    `HOST is ${JSON.stringify(HOST)}, which others can reach; it must be a loopback address unless API_KEYS is set or ALLOW_ANONYMOUS is true`,
  );
}
