import { catalogue, prices } from '../pricing.ts';
import { openAiList, openAiRefusal, type ServerProfile } from './server-profile.ts';

/** OpenRouter: has its own fields, sends usage always and comments while a model starts. */
export const openrouter: ServerProfile = {
  basePaths: ['/api/v1'],
  keys: 'always',
  listsOnlyWithKey: false,
  openRouter: true,
  models: Object.keys(prices).map((id) => ({ id, context: 131_072 })),
  list: catalogue,
  error(mistake) {
    const error = (code: number, message: string) => ({ status: code, body: { error: { message, code } } });
    switch (mistake.kind) {
      case 'path':
        return { status: 404, body: '<!DOCTYPE html><html><title>Not Found | OpenRouter</title></html>' };
      case 'no-key':
        return error(401, 'No auth credentials found');
      case 'wrong-key':
        return error(401, 'User not found.');
      case 'model':
        return error(400, `${mistake.model} is not a valid model ID`);
      case 'part':
        return error(400, openAiRefusal[mistake.part]);
      default:
        return error(400, `Unrecognized key: "${mistake.name}"`);
    }
  },
};

/** Azure OpenAI, API v1: a model is the name of a deployment. Reasoning models refuse `max_tokens` and `temperature`. */
export const azure: ServerProfile = {
  basePaths: ['/openai/v1'],
  keys: 'always',
  listsOnlyWithKey: true,
  keyHeader: 'api-key',
  strictFields: true,
  models: [
    { id: 'gpt-4.1', context: 1_047_576 },
    { id: 'gpt-5-mini', context: 400_000, refuses: ['max_tokens', 'temperature'] },
  ],
  list: (models) => openAiList(models, 'system', () => ({ lifecycle_status: 'generally-available' })),
  firstEvent: { prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] },
  error(mistake) {
    const error = (status: number, code: string | null, message: string, param: string | null = null) => ({
      status,
      body: { error: { code, message, type: 'invalid_request_error', param } },
    });
    switch (mistake.kind) {
      case 'path':
        return { status: 404, body: { error: { code: '404', message: 'Resource not found' } } };
      case 'no-key':
      case 'wrong-key':
        return {
          status: 401,
          body: {
            error: {
              code: '401',
              message:
                'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.',
            },
          },
        };
      case 'model':
        return error(
          404,
          'DeploymentNotFound',
          'The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.',
        );
      case 'part':
        return error(400, 'unsupported_parameter', openAiRefusal[mistake.part], mistake.part);
      default:
        return error(400, 'unknown_parameter', `Unknown parameter: '${mistake.name}'.`, mistake.name);
    }
  },
};

/** Gemini: errors are arrays, a wrong key is a 400, and model ids have a prefix that requests may omit. */
export const gemini: ServerProfile = {
  basePaths: ['/v1beta/openai'],
  keys: 'always',
  listsOnlyWithKey: true,
  strictFields: true,
  models: [
    { id: 'models/gemini-2.5-flash', context: 1_048_576 },
    { id: 'models/gemma-3-27b-it', context: 131_072, refuses: ['system'] },
  ],
  list: (models) => openAiList(models, 'google'),
  error(mistake) {
    const error = (code: number, status: string, message: string, details: object[] = []) => ({
      status: code,
      body: [{ error: { code, message, status, ...(details.length > 0 && { details }) } }],
    });
    const invalid = (message: string, reason?: string) =>
      error(
        400,
        'INVALID_ARGUMENT',
        message,
        reason === undefined
          ? []
          : [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com' }],
      );
    switch (mistake.kind) {
      case 'path':
        return { status: 404, body: '' };
      case 'no-key':
        return invalid('Missing or invalid Authorization header.');
      case 'wrong-key':
        return invalid('API key not valid. Please pass a valid API key.', 'API_KEY_INVALID');
      case 'model':
        return error(
          404,
          'NOT_FOUND',
          `models/${mistake.model} is not found for API version v1main, or is not supported for generateContent.`,
        );
      case 'part':
        return invalid(
          mistake.part === 'system'
            ? `Developer instruction is not enabled for ${mistake.model}`
            : openAiRefusal[mistake.part],
        );
      default:
        return invalid(`Invalid JSON payload received. Unknown name "${mistake.name}": Cannot find field.`);
    }
  },
};

/** Groq: states the context length, and usage also in `x_groq`. */
export const groq: ServerProfile = {
  basePaths: ['/openai/v1'],
  keys: 'always',
  listsOnlyWithKey: true,
  strictFields: true,
  models: [
    { id: 'openai/gpt-oss-120b', context: 131_072 },
    { id: 'llama-3.1-8b-instant', context: 131_072 },
  ],
  list: (models) => openAiList(models, 'Groq', ({ context }) => ({ active: true, context_window: context })),
  lastFields: { x_groq: { id: 'req_simulated' } },
  error(mistake) {
    const error = (status: number, message: string, code?: string) => ({
      status,
      body: { error: { message, type: 'invalid_request_error', ...(code !== undefined && { code }) } },
    });
    switch (mistake.kind) {
      case 'path':
        return error(
          404,
          `Unknown request URL: ${mistake.method} ${mistake.path}. Please check the URL for typos, or see the docs at https://console.groq.com/docs/`,
          'unknown_url',
        );
      case 'no-key':
      case 'wrong-key':
        return error(401, 'Invalid API Key', 'invalid_api_key');
      case 'model':
        return error(
          404,
          `The model \`${mistake.model}\` does not exist or you do not have access to it.`,
          'model_not_found',
        );
      case 'part':
        return error(400, openAiRefusal[mistake.part]);
      default:
        return error(400, `property '${mistake.name}' is unsupported`);
    }
  },
};
