import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { fromQuery, graph, type ModelRequest, ROLES, type Role } from '@codegen/pipeline';
import { readSettings } from '@codegen/settings';
import { type ServerName, type SimulatorOptions, startSimulator } from '@codegen/simulator';
import { describe, expect, it, onTestFinished } from 'vitest';
import { refusedParts } from '../../src/servers/adaptation.ts';
import { createModelClients } from '../../src/servers/clients.ts';
import { resolveRoles, serverSettings, withProxyVariables } from '../../src/servers/settings.ts';

function clientsOf(env: Record<string, string>) {
  const roles = resolveRoles(readSettings(serverSettings, withProxyVariables(env)));
  const clients = createModelClients(roles, { appName: 'Tests', httpReferer: null, timeoutMs: 30_000 });
  onTestFinished(() => clients.close());
  const call = (role: Role, model = clients.models(role)[0] ?? '') => {
    const { stage } = ['simple', 'complex', 'ambiguous']
      .flatMap((route) => graph.stagesOf(route as 'simple'))
      .concat(graph.entry)
      .find((node) => node.stage.role === role)!;
    const prompt = {
      system: `You are the "${stage.name}" stage of a code-generation pipeline.`,
      user: SECTIONS,
    };
    const { schema } = stage.prompt({ conversation: fromQuery('x'), files: [], inputs: [], seed: 1 });
    const request: ModelRequest = {
      run: 'r',
      stage,
      model,
      attempt: 1,
      prompt: { ...prompt, ...(schema && { schema }) },
    };
    return clients.callModel(request, new AbortController().signal);
  };
  return { ...clients, call };
}

const SECTIONS = '<request-1a2b3c4d>\nReverse a string in Go\n</request-1a2b3c4d>';

async function simulator(options: SimulatorOptions) {
  const started = await startSimulator(options);
  onTestFinished(() => started.close());
  return started;
}

describe('each role', () => {
  it('calls its own server with its own key and limits', async () => {
    const local = await simulator({ as: 'ollama' });
    const hosted = await simulator({ as: 'groq', apiKey: 'right' });
    const { call } = clientsOf({
      BASE_URL: hosted.baseUrl,
      MODEL_API_KEY: 'right',
      MODEL: 'openai/gpt-oss-120b',
      MODEL_TEMPERATURE: '0.2',
      MODEL_HEADERS: '{"x-team": "tests"}',
      MODEL_BODY: '{"seed": 7}',
      MODEL_CLASSIFIER_BASE_URL: local.baseUrl,
      MODEL_CLASSIFIER: 'llama3.2:3b',
      MODEL_CLASSIFIER_MAX_TOKENS: '50',
    });
    await call('classifier');
    await call('reviewer');
    const [classified] = local.calls();
    expect(classified).toMatchObject({ stage: 'classify', model: 'llama3.2:3b', status: 'answered' });
    expect(classified?.body).toMatchObject({ max_tokens: 50, temperature: 0.2 });
    expect(classified?.body).not.toHaveProperty('seed');
    expect(classified?.headers).not.toHaveProperty('authorization');
    expect(classified?.headers).not.toHaveProperty('x-team');
    const [reviewed] = hosted.calls();
    expect(reviewed?.headers).toMatchObject({ authorization: 'Bearer right', 'x-team': 'tests' });
    expect(reviewed?.body).toMatchObject({ model: 'openai/gpt-oss-120b', seed: 7, temperature: 0.2 });
  });

  it('has an account for each server and key', () => {
    const env = { BASE_URL: 'http://localhost:1/v1', MODEL: 'x' };
    const accounts = (more: Record<string, string> = {}) => {
      const clients = clientsOf({ ...env, ...more });
      return Object.fromEntries(ROLES.map((role) => [role, clients.account(role)]));
    };
    const { reviewer: account = '' } = accounts();
    expect(account).toMatch(/^[\w-]{12}$/);
    const common = Object.fromEntries(ROLES.map((role) => [role, account]));
    expect(accounts()).toEqual(common);
    for (const own of [
      { MODEL_REVIEWER_API_KEY: 'k' },
      { MODEL_REVIEWER_BASE_URL: 'http://localhost:2/v1', MODEL_REVIEWER: 'x' },
    ]) {
      const { reviewer, ...others } = accounts(own);
      expect({ ...others, reviewer: account }).toEqual(common);
      expect(reviewer).not.toBe(account);
    }
  });
});

describe('a server that refuses a part of the request', () => {
  const SERVERS = [
    'openrouter',
    'ollama',
    'lmstudio',
    'vllm',
    'llamacpp',
    'azure',
    'gemini',
    'groq',
  ] as const;
  const MODELS: Record<ServerName, string> = {
    openrouter: 'qwen/qwen3-coder-next',
    ollama: 'qwen3-coder',
    lmstudio: 'google/gemma-3-12b',
    vllm: 'Qwen/Qwen3-Coder-30B-A3B-Instruct',
    llamacpp: 'any',
    azure: 'gpt-4.1',
    gemini: 'gemini-2.5-flash',
    groq: 'openai/gpt-oss-120b',
  };

  it.each(SERVERS)('is served without it, and not asked with it again: %s', async (as) => {
    const server = await simulator({
      as,
      refuses: ['system', 'stream_options', 'stream', 'max_tokens', 'temperature'],
    });
    const { call } = clientsOf({
      BASE_URL: server.baseUrl,
      MODEL: MODELS[as],
      MODEL_API_KEY: 'k',
      MODEL_MAX_TOKENS: '9999',
      MODEL_TEMPERATURE: '1',
    });
    const answer = await call('generator');
    expect(answer.text).toContain('```go');
    const calls = server.calls().length;
    expect(calls).toBeLessThanOrEqual(6);
    await call('generator');
    expect(server.calls().length).toBe(calls + 1);
    const { body } = server.calls().at(-1) ?? expect.fail();
    expect(Object.keys(body).toSorted()).toEqual(['max_completion_tokens', 'messages', 'model']);
    expect(body.messages).toEqual([
      { role: 'user', content: expect.stringMatching(/^You are[\s\S]*Reverse/) },
    ]);
  });

  it('is asked for JSON of a schema until it refuses that', async () => {
    const server = await simulator({ as: 'vllm' });
    const env = { BASE_URL: server.baseUrl, MODEL: MODELS.vllm };
    await clientsOf(env).call('classifier');
    expect(server.calls().at(-1)?.body).toMatchObject({
      response_format: { type: 'json_schema', json_schema: { strict: true, schema: { type: 'object' } } },
    });

    const other = await simulator({ as: 'vllm', refuses: ['response_format'] });
    const { call } = clientsOf({ ...env, BASE_URL: other.baseUrl });
    await call('classifier');
    await call('classifier');
    const sent = other.calls().map(({ body }) => 'response_format' in body);
    expect(sent).toEqual([true, false, false]);
  });

  it('is remembered for each model', async () => {
    const server = await simulator({ as: 'gemini' });
    const { call } = clientsOf({
      BASE_URL: server.baseUrl,
      MODEL_API_KEY: 'k',
      MODEL: 'gemini-2.5-flash,gemma-3-27b-it',
    });
    await call('generator', 'gemma-3-27b-it');
    await call('generator', 'gemini-2.5-flash');
    const roles = server.calls().map(({ body }) => body.messages.map(({ role }) => role).join());
    expect(roles).toEqual(['system,user', 'user', 'system,user']);
  });

  it('fails with the reason when it refuses something else', async () => {
    const server = await simulator({ as: 'groq' });
    const { call } = clientsOf({
      BASE_URL: server.baseUrl,
      MODEL_API_KEY: 'k',
      MODEL: 'openai/gpt-oss-120b',
      MODEL_BODY: '{"provider": {}}',
    });
    await expect(call('generator')).rejects.toThrow(/property 'provider' is unsupported/);
    expect(server.calls()).toHaveLength(1);
  });
});

it.each([
  ['Input should be a valid string', []],
  ['the prompt about max_tokens is too long', []],
  ["Invalid 'temperature': must be at most 2", []],
  ['The system is overloaded', []],
  ["Invalid parameter: 'response_format' of type 'json_schema' is not supported", ['response_format']],
  ["Unsupported value: 'temperature' does not support 0.2 with this model.", ['temperature']],
  ['Conversation roles must alternate user/assistant/user/assistant/...', ['system']],
  [
    '{"detail":[{"loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}',
    ['stream_options'],
  ],
])('reads refused parts from %j', (error, parts) => {
  const body = {
    model: 'm',
    messages: [{ role: 'system', content: 'x' }],
    stream: true,
    stream_options: {},
    max_tokens: 1,
    temperature: 1,
    response_format: {},
  };
  expect(refusedParts(body, error)).toEqual(parts);
});

describe('a proxy', () => {
  /** Tunnels CONNECT requests to `target`, whatever host they name. */
  async function startProxy(target: string) {
    const requests: string[] = [];
    const proxy = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      const { pathname } = new URL(request.url ?? '');
      void fetch(new URL(pathname, target), {
        method: request.method ?? 'GET',
        headers: { authorization: request.headers.authorization ?? '' },
        ...(request.method === 'POST' && { body: request as unknown as ReadableStream, duplex: 'half' }),
      } as RequestInit).then(async (answer) => {
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
        response.end(await answer.text());
      });
    });
    proxy.on('connect', (request: IncomingMessage, socket) => {
      requests.push(`CONNECT ${request.url}`);
      const upstream = connect(Number(new URL(target).port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      socket.on('error', () => upstream.destroy());
      upstream.on('error', () => socket.destroy());
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    onTestFinished(() => {
      proxy.closeAllConnections();
      proxy.close();
    });
    return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, requests };
  }

  it('passes the calls to servers that NO_PROXY does not name', async () => {
    const server = await simulator({});
    const proxy = await startProxy(server.baseUrl);
    const env = { BASE_URL: 'http://models.example/v1', MODEL: 'x', HTTP_PROXY: proxy.url };
    expect((await clientsOf(env).call('generator')).text).toContain('```go');
    expect(proxy.requests[0]).toMatch(/models\.example/);
    const direct = clientsOf({ ...env, BASE_URL: server.baseUrl });
    await direct.call('generator');
    await expect(clientsOf({ ...env, NO_PROXY: 'models.example' }).call('generator')).rejects.toThrow();
    expect(proxy.requests).toHaveLength(1);
  });

  it('is asked for a tunnel to an https:// server', async () => {
    const server = await simulator({});
    const proxy = await startProxy(server.baseUrl);
    const env = { BASE_URL: 'https://models.example/v1', MODEL: 'x', https_proxy: proxy.url };
    // The simulator does not speak TLS: the handshake in the tunnel fails.
    await expect(clientsOf(env).call('generator')).rejects.toThrow();
    expect(proxy.requests[0]).toBe('CONNECT models.example:443');
  });
});
