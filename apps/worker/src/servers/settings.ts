import { ROLES, type Role } from '@codegen/pipeline';
import { decimal, integer, jsonObject, list, SettingsError, url } from '@codegen/settings';
import { z } from 'zod';
import { isOpenRouter } from '../model/openrouter.ts';
import type { ProxyOptions } from '../model/transport.ts';

/**
 * The default models of each role on OpenRouter: the primary one, then its fallbacks in order. Fallbacks are of the same
 * family where possible, because prompts are tuned for it. `:free` models are excluded: they allow 50 requests a day,
 * and a run makes one per stage.
 */
const DEFAULT_MODELS: Readonly<Record<Role, readonly string[]>> = {
  classifier: ['mistralai/mistral-small-3.2-24b-instruct', 'mistralai/ministral-8b-2512'],
  interpreter: ['google/gemini-3.1-flash-lite', 'google/gemini-3.5-flash'],
  generator: ['qwen/qwen3-coder-next', 'qwen/qwen3-coder', 'qwen/qwen-2.5-coder-32b-instruct'],
  instructTuned: ['mistralai/mistral-small-3.2-24b-instruct', 'mistralai/ministral-8b-2512'],
  reviewer: ['deepseek/deepseek-v4-flash', 'deepseek/deepseek-v4-pro', 'deepseek/deepseek-r1'],
};

const VARIABLES = {
  classifier: 'CLASSIFIER',
  interpreter: 'INTERPRETER',
  generator: 'GENERATOR',
  instructTuned: 'INSTRUCT_TUNED',
  reviewer: 'REVIEWER',
} as const satisfies Record<Role, string>;

const OPENROUTER_URL = 'https://openrouter.ai/api/v1';

/** A base URL without `/chat/completions`, which documentation of servers often includes. */
const baseUrl = () =>
  url(['http', 'https']).transform((text) => text?.replace(/\/+chat\/completions(?=\?|$)/, '') ?? null);

const key = () =>
  z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'visible ASCII characters')
    .optional();

const roleSettings = <const Name extends string>(name: Name, role: Role, task: string) =>
  ({
    [`MODEL_${name}`]: list(DEFAULT_MODELS[role]).describe(
      `Models that ${task}: the primary one, then fallbacks, comma-separated. The default applies if \`MODEL\` is not set`,
    ),
    [`MODEL_${name}_BASE_URL`]: baseUrl().describe(
      `Base URL of the server for the models of \`MODEL_${name}\`, if it is not the one at \`BASE_URL\``,
    ),
    [`MODEL_${name}_API_KEY`]: key().describe(
      `API key for the models of \`MODEL_${name}\`, if it is not the one of the server`,
    ),
    [`MODEL_${name}_HEADERS`]: headers().describe(
      `Headers of requests for this role, in addition to \`MODEL_HEADERS\` if its server is the one at \`BASE_URL\``,
    ),
    [`MODEL_${name}_BODY`]: body().describe(
      `Fields of the request body for this role, in addition to \`MODEL_BODY\` if its server is the one at \`BASE_URL\``,
    ),
    [`MODEL_${name}_MAX_TOKENS`]: maxTokens().describe(`Replaces \`MODEL_MAX_TOKENS\` for this role`),
    [`MODEL_${name}_TEMPERATURE`]: decimal(0, 2).describe(`Replaces \`MODEL_TEMPERATURE\` for this role`),
  }) as Record<`MODEL_${Name}`, ReturnType<typeof list>> &
    Record<`MODEL_${Name}_BASE_URL`, ReturnType<typeof baseUrl>> &
    Record<`MODEL_${Name}_API_KEY`, ReturnType<typeof key>> &
    Record<`MODEL_${Name}_HEADERS`, ReturnType<typeof headers>> &
    Record<`MODEL_${Name}_BODY`, ReturnType<typeof body>> &
    Record<`MODEL_${Name}_MAX_TOKENS`, ReturnType<typeof maxTokens>> &
    Record<`MODEL_${Name}_TEMPERATURE`, ReturnType<typeof decimal>>;

const headers = () => jsonObject(z.string().regex(/^[\x20-\x7e]*$/), '{"api-key": "…"}');

const body = () => jsonObject(z.unknown(), '{"provider": {"sort": "price"}}');

const maxTokens = () => integer<number | null>(1, 10_000_000, null);

/** Where models are and how they are called. Each description is the variable's documentation. */
export const serverSettings = z.object({
  OPENROUTER_API_KEY: key().describe('API key for OpenRouter. It is sent to no other server'),
  BASE_URL: baseUrl().describe(
    'Base URL of an OpenAI-compatible server, e.g. `http://localhost:11434/v1`; OpenRouter when not set',
  ),
  MODEL_API_KEY: key().describe('API key for the server at `BASE_URL`, if it requires one'),
  MODEL: list([]).describe(
    'Models for all roles: the primary one, then fallbacks, comma-separated. Required with `BASE_URL`, unless its server has the default models',
  ),
  ...roleSettings('CLASSIFIER', 'classifier', 'choose the route of a request'),
  ...roleSettings('INTERPRETER', 'interpreter', 'write specifications and ask for clarification'),
  ...roleSettings('GENERATOR', 'generator', 'write first drafts'),
  ...roleSettings('INSTRUCT_TUNED', 'instructTuned', 'answer simple requests and improve drafts'),
  ...roleSettings('REVIEWER', 'reviewer', 'compare and polish implementations'),
  MODEL_MAX_TOKENS: maxTokens().describe(
    'Maximum tokens of an answer (`max_tokens`). An answer that reaches it is cut off and not used. On OpenRouter it excludes providers with a lower limit. The server’s limit when not set',
  ),
  MODEL_TEMPERATURE: decimal(0, 2).describe(
    'Sampling temperature (`temperature`), 0 to 2. The server’s default when not set',
  ),
  MODEL_HEADERS: headers().describe(
    'Headers of requests to the server at `BASE_URL` or to OpenRouter, as a JSON object',
  ),
  MODEL_BODY: body().describe(
    'Fields of the request body for the server at `BASE_URL` or for OpenRouter, as a JSON object, e.g. `{"provider": {"sort": "price"}}`',
  ),
  HTTP_PROXY: url(['http', 'https']).describe('Proxy for model servers with `http://` addresses'),
  HTTPS_PROXY: url(['http', 'https']).describe('Proxy for model servers with `https://` addresses'),
  NO_PROXY: z
    .string()
    .optional()
    .describe('Hosts to reach without a proxy, comma-separated; `*` for all. Loopback hosts need no entry'),
});

export type ServerSettings = z.output<typeof serverSettings>;

/** Names of settings that are also read in lower case, as curl and other programs do. */
const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];

/** The environment with `https_proxy` and the like under their upper-case names. */
export const withProxyVariables = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...env,
  ...Object.fromEntries(PROXY_VARIABLES.map((name) => [name, env[name] ?? env[name.toLowerCase()]])),
});

/** A server and the account that is used there. */
export interface ModelServer {
  readonly baseUrl: string;
  readonly apiKey: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly proxy: ProxyOptions | null;
  /** The setting to change if the address is wrong. */
  readonly urlVariable: string;
  /** The setting to change if the key is wrong. */
  readonly keyVariable: string;
  /** The setting of the headers, which may contain a key. */
  readonly headersVariable: string;
}

/** How the models of a role are called. */
export interface RoleModels {
  readonly role: Role;
  readonly server: ModelServer;
  /** The primary model, then fallbacks. */
  readonly models: readonly string[];
  /** The setting that names the models. */
  readonly variable: string;
  /** False if no setting names models: `models` are the defaults for OpenRouter. */
  readonly isChosen: boolean;
  readonly isOpenRouter: boolean;
  /** Fields of the request body: those of the server, `max_tokens` and `temperature`. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** The models of each role. @throws SettingsError if a role would use OpenRouter without a key */
export function resolveRoles(settings: ServerSettings): readonly RoleModels[] {
  return ROLES.map((role) => {
    const name = VARIABLES[role];
    const server = serverOf(settings, name);
    if (server.baseUrl === OPENROUTER_URL && server.apiKey === null) {
      throw new SettingsError(
        'OPENROUTER_API_KEY is not set; it must be a key of openrouter.ai, or BASE_URL name another server',
      );
    }
    const own = settings[`MODEL_${name}`];
    const hasOwn = own !== DEFAULT_MODELS[role];
    const isChosen = hasOwn || settings.MODEL.length > 0;
    const maxTokens = settings[`MODEL_${name}_MAX_TOKENS`] ?? settings.MODEL_MAX_TOKENS;
    const temperature = settings[`MODEL_${name}_TEMPERATURE`] ?? settings.MODEL_TEMPERATURE;
    return {
      role,
      server,
      models: hasOwn || !isChosen ? own : settings.MODEL,
      variable: hasOwn || server.urlVariable !== 'BASE_URL' ? `MODEL_${name}` : 'MODEL',
      isChosen,
      isOpenRouter: isOpenRouter(server.baseUrl),
      body: {
        ...(maxTokens !== null && { max_tokens: maxTokens }),
        ...(temperature !== null && { temperature }),
        ...server.body,
      },
    };
  });
}

/** True if the settings name no model server and no key of OpenRouter. */
export const hasNoServer = (settings: ServerSettings): boolean =>
  settings.BASE_URL === null &&
  settings.OPENROUTER_API_KEY === undefined &&
  settings.MODEL_API_KEY === undefined &&
  Object.values(VARIABLES).every((name) => settings[`MODEL_${name}_BASE_URL`] === null);

function serverOf(settings: ServerSettings, name: (typeof VARIABLES)[Role]): ModelServer {
  const main = settings.BASE_URL ?? OPENROUTER_URL;
  const own = settings[`MODEL_${name}_BASE_URL`];
  const address = own ?? main;
  const isMain = address === main;
  const ownKey = settings[`MODEL_${name}_API_KEY`];
  const ownHeaders = settings[`MODEL_${name}_HEADERS`];
  const keys = isOpenRouter(address)
    ? [settings.OPENROUTER_API_KEY, isMain ? settings.MODEL_API_KEY : undefined]
    : [isMain ? settings.MODEL_API_KEY : undefined];
  return {
    baseUrl: address,
    apiKey: ownKey ?? keys.find((one) => one !== undefined) ?? null,
    // A header may contain a key, and another server may refuse unknown fields.
    headers: { ...(isMain && settings.MODEL_HEADERS), ...ownHeaders },
    body: { ...(isMain && settings.MODEL_BODY), ...settings[`MODEL_${name}_BODY`] },
    proxy: proxyOf(settings),
    urlVariable: own === null ? 'BASE_URL' : `MODEL_${name}_BASE_URL`,
    headersVariable: Object.keys(ownHeaders).length > 0 ? `MODEL_${name}_HEADERS` : 'MODEL_HEADERS',
    keyVariable: keyVariable(address, name, ownKey !== undefined || !isMain),
  };
}

function keyVariable(address: string, name: string, hasOwn: boolean): string {
  if (isOpenRouter(address)) return 'OPENROUTER_API_KEY';
  return hasOwn ? `MODEL_${name}_API_KEY` : 'MODEL_API_KEY';
}

const LOOPBACK = 'localhost,127.0.0.1,::1';

function proxyOf({ HTTP_PROXY, HTTPS_PROXY, NO_PROXY }: ServerSettings): ProxyOptions | null {
  if (HTTP_PROXY === null && HTTPS_PROXY === null) return null;
  const noProxy = NO_PROXY === undefined ? LOOPBACK : `${NO_PROXY},${LOOPBACK}`;
  return { httpProxy: HTTP_PROXY, httpsProxy: HTTPS_PROXY, noProxy: NO_PROXY === '*' ? '*' : noProxy };
}
