import { createRequire } from 'node:module';
import { effortSchema } from '@codegen/contract';
import { queueSettings, requireRedisUrl } from '@codegen/queue/settings';
import {
  boolean,
  decimal,
  integer,
  list,
  logLevel,
  misspeltSettings,
  readSettings,
  SettingsError,
  shutdownGrace,
} from '@codegen/settings';
import { metricsPort, telemetrySettings, tracingSettings } from '@codegen/telemetry/settings';
import { webhookSettings } from '@codegen/webhook/settings';
import { z } from 'zod';
import { publicUrl } from './http/public-url.ts';
import { allowedHosts, corsOrigins, isLoopback } from './middleware/browser-security.ts';
import { apiKeys } from './middleware/key-ring.ts';

/** Express trusts every sender for `true`, which is therefore not allowed. */
const trustedProxies = z
  .string()
  .optional()
  .transform((text, context): readonly string[] => {
    const proxies = (text ?? '').split(',').flatMap((item) => item.trim() || []);
    if (proxies.length === 0) return proxies;
    // Loaded here: commands read this setting and start no API.
    const express: typeof import('express') = createRequire(import.meta.url)('express');
    try {
      express().set('trust proxy', proxies);
      return proxies;
    } catch {
      const message = 'addresses or networks between commas, as in 10.0.0.0/8, or loopback';
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
  });

/** The API's environment variables. The descriptions are printed in the table of settings and in `.env.example`. */
export const apiSettings = z.object({
  ...queueSettings.shape,
  PORT: integer(0, 65_535, 8000).describe('Port the API listens on; 0 picks a free one'),
  HOST: z
    .string()
    .default('127.0.0.1')
    .describe('Address the API listens on; `0.0.0.0` opens it to the network'),
  SYNC_WAIT_SECONDS: integer(0, 3_600, 50).describe(
    'Seconds a request waits for its result before it gets `202` and a job to poll',
  ),
  MAX_QUERY_CHARS: integer(1, 100_000, 8_000).describe('Maximum length of a `query`, in characters'),
  MAX_FILES_BYTES: integer(0, 524_288, 262_144).describe(
    'Maximum size of the `files` of a request together, in bytes of UTF-8; larger ones get `422`',
  ),
  EFFORT: effortSchema
    .default('balanced')
    .describe(
      'Default of the `effort` of requests. `fast`: drafts are not improved, and with `SANDBOX=embedded` one that passes every test case is not polished. `balanced`. `thorough`: twice as many test cases',
    ),
  PAGE_NOTICE: z
    .string()
    .trim()
    .max(300)
    .optional()
    .describe('A sentence that the playground shows above its request box, such as a planned maintenance'),
  ALLOWED_MODELS: list([]).describe(
    'Models that callers may choose with `models`, separated by commas; if unset, callers cannot choose',
  ),
  DISCONNECT_GRACE_SECONDS: integer(0, 3_600, 10).describe(
    'Seconds before a job is cancelled after its last client disconnected, if a client sent `on_disconnect=cancel`',
  ),
  MAX_ACTIVE_JOBS: integer(0, 1_000_000, 10_000).describe(
    'Maximum number of queued and running jobs; further requests get `503`',
  ),
  MAX_CONCURRENT_JOBS: integer(0, 1_000_000, 0).describe(
    'Maximum number of queued and running jobs per caller; further requests get `429`; 0 for no limit',
  ),
  RATE_LIMIT_PER_MINUTE: integer(0, 1_000_000, 0).describe(
    'Maximum number of requests per caller and minute that start a job; further ones get `429`; 0 for no limit',
  ),
  MAX_JOB_COST_USD: decimal(0, 10_000).describe(
    'US dollars that a job may cost, whatever its `maxCostUsd`; unlimited when not set. It needs a model server that reports costs',
  ),
  MAX_CONNECTIONS: integer(1, 1_000_000, 20_000).describe(
    'Maximum number of connections per API process; further ones are closed at once',
  ),
  API_KEYS: apiKeys.describe(
    'Keys of the callers: `name:hash` pairs separated by commas, as `npm run key -- name` prints them; if unset, no key is required',
  ),
  API_KEYS_FILE: z
    .string()
    .optional()
    .describe(
      'File with one such pair per line, in addition to `API_KEYS`; read again when it changes. Limits of the caller may follow: `requests-per-minute=60 open-jobs=5 usd-per-day=2.5 usd-per-month=20 models=maker/one,maker/two priority=2`',
    ),
  ADMIN_KEYS: apiKeys.describe(
    'Keys of operators, in the form of `API_KEYS`, for the dashboard of the queues at `/admin/queues` and the other endpoints under `/admin`; if unset, there are none',
  ),
  CORS_ORIGINS: corsOrigins.describe(
    'Origins of web pages that may use the API, e.g. `https://app.example.org`, or `*` for all; if unset, none may',
  ),
  PUBLIC_URL: publicUrl.describe(
    'Address of the API for its clients behind a proxy, e.g. `https://example.org/codegen`. Its path is added to links; the proxy may strip it or not. Its host and its pages are accepted as the API’s own',
  ),
  TRUSTED_PROXIES: trustedProxies.describe(
    'Proxies in front of the API, separated by commas: addresses, networks such as `10.0.0.0/8`, or `loopback`, `linklocal`, `uniquelocal`. The access log then has the client’s address from their `X-Forwarded-For`',
  ),
  ALLOW_ANONYMOUS: boolean(false).describe(
    'Whether an API without keys may listen on non-loopback addresses, and serve requests that a proxy forwards',
  ),
  ALLOWED_HOSTS: allowedHosts.describe(
    'Names in the `Host` header that an API without keys accepts, separated by commas, in addition to loopback names and, with `ALLOW_ANONYMOUS`, addresses. `*` accepts any, and lets web pages reach the API by DNS rebinding',
  ),
  ...webhookSettings.shape,
  METRICS_PORT: metricsPort('the API'),
  ...telemetrySettings.shape,
  ...tracingSettings.shape,
  SHUTDOWN_GRACE_SECONDS: shutdownGrace,
  LOG_LEVEL: logLevel,
});

type ApiSettings = z.output<typeof apiSettings>;

/** The API's settings, with `REDIS_URL` present. */
export type ApiOptions = ApiSettings & {
  readonly REDIS_URL: string;
  /** Time after which a Redis that does not reply counts as unavailable, in ms; 1.5 s by default. */
  readonly redisTimeoutMs?: number;
};

/** @throws SettingsError */
export function readApiOptions(env = process.env): ApiOptions {
  const settings = readSettings(apiSettings, env);
  const REDIS_URL = requireRedisUrl(settings);
  checkExposure(settings);
  return { ...settings, REDIS_URL };
}

/** A sentence for each variable that is likely a misspelt setting. */
export const apiSettingWarnings = (env = process.env) => misspeltSettings(apiSettings, env);

/** @throws SettingsError if the API would be open to the network without keys */
export function checkExposure({ HOST, API_KEYS, API_KEYS_FILE, ALLOW_ANONYMOUS }: ApiSettings) {
  const requiresKey = API_KEYS.length > 0 || API_KEYS_FILE !== undefined;
  if (isLoopback(HOST) || requiresKey || ALLOW_ANONYMOUS) return;
  throw new SettingsError(
    `HOST is ${JSON.stringify(HOST)}; it must be a loopback address unless API_KEYS is set or ALLOW_ANONYMOUS is true`,
  );
}
