import { readSettings, SettingsError } from '@codegen/settings';
import { describe, expect, it } from 'vitest';
import {
  hasNoServer,
  type RoleModels,
  resolveRoles,
  serverSettings,
  withProxyVariables,
} from '../../src/servers/settings.ts';

type Env = Record<string, string>;
const settingsOf = (env: Env) => readSettings(serverSettings, withProxyVariables(env));
const rolesOf = (env: Env) =>
  Object.fromEntries(resolveRoles(settingsOf(env)).map((one) => [one.role, one])) as Record<
    string,
    RoleModels
  >;

const LOCAL = 'http://localhost:11434/v1';

describe('keys', () => {
  it('sends OPENROUTER_API_KEY to OpenRouter only', () => {
    const roles = rolesOf({ BASE_URL: LOCAL, OPENROUTER_API_KEY: 'sk-or', MODEL: 'x' });
    expect(roles.generator?.server).toMatchObject({
      baseUrl: LOCAL,
      apiKey: null,
      keyVariable: 'MODEL_API_KEY',
    });
    expect(rolesOf({ OPENROUTER_API_KEY: 'sk-or' }).generator?.server.apiKey).toBe('sk-or');
    const explicit = { BASE_URL: 'https://openrouter.ai/api/v1', OPENROUTER_API_KEY: 'sk-or' };
    expect(rolesOf(explicit).generator?.server.apiKey).toBe('sk-or');
  });

  it('sends MODEL_API_KEY, MODEL_HEADERS and MODEL_BODY to the main server only', () => {
    const roles = rolesOf({
      BASE_URL: 'https://example.org/v1',
      MODEL: 'x',
      MODEL_API_KEY: 'main',
      MODEL_HEADERS: '{"x-team":"secret"}',
      MODEL_BODY: '{"provider":{"sort":"price"}}',
      MODEL_CLASSIFIER_BASE_URL: LOCAL,
      MODEL_CLASSIFIER: 'small',
    });
    const { apiKey, headers } = roles.generator?.server ?? expect.fail();
    expect([apiKey, headers]).toEqual(['main', { 'x-team': 'secret' }]);
    expect(roles.generator?.body).toEqual({ provider: { sort: 'price' } });
    expect(roles.classifier).toMatchObject({
      server: { baseUrl: LOCAL, apiKey: null, headers: {}, urlVariable: 'MODEL_CLASSIFIER_BASE_URL' },
      body: {},
    });
  });

  it('sends headers and body fields of a role for that role only', () => {
    const roles = rolesOf({
      BASE_URL: 'https://example.org/v1',
      MODEL: 'x',
      MODEL_HEADERS: '{"x-team":"a"}',
      MODEL_CLASSIFIER_BASE_URL: LOCAL,
      MODEL_CLASSIFIER: 'small',
      MODEL_CLASSIFIER_HEADERS: '{"api-key":"k"}',
      MODEL_REVIEWER_HEADERS: '{"x-team":"b"}',
      MODEL_REVIEWER_BODY: '{"seed":7}',
    });
    expect(roles.classifier?.server.headers).toEqual({ 'api-key': 'k' });
    expect(roles.classifier?.server.headersVariable).toBe('MODEL_CLASSIFIER_HEADERS');
    expect(roles.reviewer?.server.headers).toEqual({ 'x-team': 'b' });
    expect(roles.reviewer?.body).toEqual({ seed: 7 });
    expect(roles.generator?.server.headers).toEqual({ 'x-team': 'a' });
    expect(roles.generator?.body).toEqual({});
  });

  it('uses the key of a role for that role only', () => {
    const roles = rolesOf({ BASE_URL: LOCAL, MODEL: 'x', MODEL_API_KEY: 'a', MODEL_REVIEWER_API_KEY: 'b' });
    expect(roles.reviewer?.server.apiKey).toBe('b');
    expect(roles.generator?.server.apiKey).toBe('a');
  });

  it('uses MODEL_API_KEY for OpenRouter if it is the only key', () => {
    expect(rolesOf({ MODEL_API_KEY: 'a' }).generator?.server.apiKey).toBe('a');
  });

  it('requires a key for OpenRouter, unless every role has a server of its own', () => {
    const addresses = Object.keys(serverSettings.shape).filter((name) => /^MODEL_\w+_BASE_URL$/.test(name));
    const own = Object.fromEntries(addresses.map((name) => [name, LOCAL]));
    expect(rolesOf({ ...own, MODEL: 'x' }).classifier?.server.baseUrl).toBe(LOCAL);
    const { MODEL_REVIEWER_BASE_URL: _, ...others } = own;
    expect(() => rolesOf({ ...others, MODEL: 'x' })).toThrow(SettingsError);
    expect(hasNoServer(settingsOf({ MODEL: 'x' }))).toBe(true);
    expect(hasNoServer(settingsOf(others))).toBe(false);
  });
});

describe('models', () => {
  it('come from MODEL_<ROLE>, then MODEL, then the defaults', () => {
    const roles = rolesOf({ OPENROUTER_API_KEY: 'k', MODEL: 'a, b', MODEL_REVIEWER: 'c' });
    expect(roles.generator).toMatchObject({ models: ['a', 'b'], isChosen: true, variable: 'MODEL' });
    expect(roles.reviewer).toMatchObject({ models: ['c'], isChosen: true, variable: 'MODEL_REVIEWER' });
    const defaults = rolesOf({ OPENROUTER_API_KEY: 'k' });
    expect(defaults.generator).toMatchObject({ isChosen: false, isOpenRouter: true });
    expect(defaults.generator?.models[0]).toBe('qwen/qwen3-coder-next');
  });

  it('have max_tokens and temperature of the role, else of all roles', () => {
    const roles = rolesOf({
      OPENROUTER_API_KEY: 'k',
      MODEL_MAX_TOKENS: '4000',
      MODEL_TEMPERATURE: '0.2',
      MODEL_CLASSIFIER_MAX_TOKENS: '50',
      MODEL_CLASSIFIER_TEMPERATURE: '0',
    });
    expect(roles.generator?.body).toEqual({ max_tokens: 4_000, temperature: 0.2 });
    expect(roles.classifier?.body).toEqual({ max_tokens: 50, temperature: 0 });
    expect(rolesOf({ OPENROUTER_API_KEY: 'k' }).generator?.body).toEqual({});
  });
});

it.each([
  [{ MODEL_TEMPERATURE: 'hot' }, 'MODEL_TEMPERATURE is "hot"; it must be a number from 0 to 2'],
  [{ MODEL_MAX_TOKENS: '0' }, 'MODEL_MAX_TOKENS is "0"; it must be a whole number from 1 to 10000000'],
  [
    { MODEL_BODY: '[1]' },
    'MODEL_BODY is "[1]"; it must be a JSON object such as {"provider": {"sort": "price"}}',
  ],
  [
    { MODEL_HEADERS: '{"a": "b\\n"}' },
    'MODEL_HEADERS is not valid; it must be a JSON object such as {"api-key": "…"}',
  ],
  [{ MODEL_API_KEY: 'a b' }, 'MODEL_API_KEY is not valid; it must be visible ASCII characters'],
])('rejects %j', (env, message) => {
  expect(() => settingsOf(env)).toThrow(new SettingsError(message));
});

it.each(['/chat/completions', '/chat/completions/'])('mends a BASE_URL that ends with %s', (end) => {
  expect(settingsOf({ BASE_URL: `${LOCAL}${end}` }).BASE_URL).toBe(LOCAL);
});

it('keeps the query of a BASE_URL', () => {
  const { BASE_URL } = settingsOf({ BASE_URL: `${LOCAL}/chat/completions?api-version=1` });
  expect(BASE_URL).toBe(`${LOCAL}?api-version=1`);
});

it('reads proxies in both cases and never uses one for loopback hosts', () => {
  const { server } = rolesOf({ BASE_URL: LOCAL, MODEL: 'x', https_proxy: 'http://proxy:3128', NO_PROXY: 'a' })
    .generator as RoleModels;
  expect(server.proxy).toEqual({
    httpProxy: null,
    httpsProxy: 'http://proxy:3128',
    noProxy: 'a,localhost,127.0.0.1,::1',
  });
  expect(rolesOf({ BASE_URL: LOCAL, MODEL: 'x' }).generator?.server.proxy).toBeNull();
});
