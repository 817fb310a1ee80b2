import { type Mistake, openAiList, openAiRefusal, type ServerProfile } from './server-profile.ts';

const part = (mistake: Mistake): string => {
  if (mistake.kind === 'part') return openAiRefusal[mistake.part];
  return mistake.kind === 'field' ? `Unknown field: ${mistake.name}` : mistake.kind;
};

const ollamaError = (message: string, type: string) => ({
  error: { message, type, param: null, code: null },
});

/** Ollama: needs no key, ignores unknown fields, and cuts long prompts without a word. */
export const ollama: ServerProfile = {
  basePaths: ['/v1'],
  keys: 'never',
  listsOnlyWithKey: false,
  models: [
    { id: 'qwen3-coder:latest', context: 262_144 },
    { id: 'llama3.2:3b', context: 131_072 },
  ],
  list: (models) => openAiList(models, 'library'),
  error(mistake) {
    if (mistake.kind === 'path') return { status: 404, body: '404 page not found' };
    if (mistake.kind === 'model')
      return {
        status: 404,
        body: ollamaError(`model "${mistake.model}" not found, try pulling it first`, 'not_found_error'),
      };
    return { status: 400, body: ollamaError(part(mistake), 'invalid_request_error') };
  },
  pages: { 'GET /': 'Ollama is running', 'GET /api/version': { version: '0.12.3' } },
};

/** LM Studio: answers unknown endpoints with 200. */
export const lmstudio: ServerProfile = {
  basePaths: ['/v1'],
  keys: 'configured',
  listsOnlyWithKey: true,
  models: [
    { id: 'qwen/qwen3-coder-30b', context: 262_144 },
    { id: 'google/gemma-3-12b', context: 131_072 },
  ],
  list: (models) => openAiList(models, 'organization_owner'),
  error(mistake) {
    if (mistake.kind === 'path')
      return {
        status: 200,
        body: {
          error: `Unexpected endpoint or method. (${mistake.method} ${mistake.path}). Returning 200 anyway`,
        },
      };
    if (mistake.kind === 'no-key' || mistake.kind === 'wrong-key')
      return {
        status: 401,
        body: {
          error: { message: 'Invalid API token', type: 'invalid_request_error', code: 'invalid_api_key' },
        },
      };
    if (mistake.kind === 'model')
      return {
        status: 400,
        body: {
          error: {
            message: `Invalid model identifier "${mistake.model}". Please specify a valid downloaded model.`,
            type: 'invalid_request_error',
            param: 'model',
            code: 'model_not_found',
          },
        },
      };
    return { status: 400, body: { error: part(mistake) } };
  },
};

/** vLLM: Gemma's chat template refuses the system role. */
export const vllm: ServerProfile = {
  basePaths: ['/v1'],
  keys: 'configured',
  listsOnlyWithKey: true,
  models: [
    { id: 'Qwen/Qwen3-Coder-30B-A3B-Instruct', context: 262_144 },
    { id: 'google/gemma-2-9b-it', context: 8_192, refuses: ['system'] },
  ],
  list: (models) =>
    openAiList(models, 'vllm', ({ id, context }) => ({ root: id, parent: null, max_model_len: context })),
  error(mistake) {
    const error = (status: number, message: string, type: string) => ({
      status,
      body: { error: { message, type, param: null, code: status } },
    });
    switch (mistake.kind) {
      case 'path':
        return { status: 404, body: { detail: 'Not Found' } };
      case 'no-key':
      case 'wrong-key':
        return { status: 401, body: { error: 'Unauthorized' } };
      case 'model':
        return error(404, `The model \`${mistake.model}\` does not exist.`, 'NotFoundError');
      case 'part':
        if (mistake.part === 'system') return error(400, 'System role not supported', 'BadRequestError');
        return {
          status: 422,
          body: {
            detail: [
              {
                type: 'extra_forbidden',
                loc: ['body', mistake.part],
                msg: `Extra inputs are not permitted: '${mistake.part}' is not supported`,
              },
            ],
          },
        };
      default:
        return error(400, part(mistake), 'BadRequestError');
    }
  },
};

/** llama.cpp: has one model and accepts any name. Its API is also at the root. */
export const llamacpp: ServerProfile = {
  basePaths: ['/v1', ''],
  keys: 'configured',
  listsOnlyWithKey: false,
  anyModel: true,
  models: [{ id: 'qwen3-coder-30b-q4_k_m.gguf', context: 32_768 }],
  list: (models) =>
    openAiList(models, 'llamacpp', ({ context }) => ({ meta: { n_ctx: context, n_ctx_train: 262_144 } })),
  error(mistake) {
    const error = (code: number, message: string, type: string) => ({
      status: code,
      body: { error: { code, message, type } },
    });
    if (mistake.kind === 'path') return error(404, 'File Not Found', 'not_found_error');
    if (mistake.kind === 'no-key' || mistake.kind === 'wrong-key')
      return error(401, 'Invalid API Key', 'authentication_error');
    return error(400, part(mistake), 'invalid_request_error');
  },
  pages: { 'GET /health': { status: 'ok' } },
};
