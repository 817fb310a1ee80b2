import { z } from 'zod';
import { sanitizeName } from '../model/usage.ts';
import { request, ServerFault } from './request.ts';
import type { ModelServer, RoleModels } from './settings.ts';

/** The models of a server, from `GET /models`. */
export interface Catalogue {
  readonly ids: readonly string[];
  /** Tokens of prompt and answer together; null if the server does not say. */
  contextOf(model: string): number | null;
}

const count = z.number().int().positive().nullish().catch(null);

/** Field names of the context length: OpenRouter, vLLM, Groq, LM Studio, llama.cpp. */
const listing = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      context_length: count,
      max_model_len: count,
      context_window: count,
      max_context_length: count,
      meta: z.object({ n_ctx: count, n_ctx_train: count }).nullish().catch(null),
    }),
  ),
});

/** Lists the models of a server within `timeoutMs`. @throws ServerFault */
export async function listModels(server: ModelServer, timeoutMs: number): Promise<Catalogue> {
  const { status, text } = await request(server, '/models', { timeoutMs });
  const parsed = listing.safeParse(parseJson(text));
  if (status === 200 && parsed.success) {
    const models = parsed.data.data.flatMap((model) => {
      const id = sanitizeName(withoutPrefix(model.id));
      return id === null ? [] : [{ ...model, id }];
    });
    return {
      ids: models.map(({ id }) => id),
      contextOf(name) {
        const model = models.find(({ id }) => id === nameIn([id], name));
        if (model === undefined) return null;
        const { context_length, max_model_len, context_window, max_context_length, meta } = model;
        const known = [context_length, max_model_len, context_window, max_context_length, meta?.n_ctx];
        return known.find((one) => one != null) ?? meta?.n_ctx_train ?? null;
      },
    };
  }
  throw await explainMissingList(server, status, timeoutMs);
}

/** Most wrong addresses lack the version: the server has a list one level deeper. */
async function explainMissingList(
  server: ModelServer,
  status: number,
  timeoutMs: number,
): Promise<ServerFault> {
  const { baseUrl, urlVariable } = server;
  const deeper = `${baseUrl}/v1`;
  const there = await request({ ...server, baseUrl: deeper }, '/models', { timeoutMs }).catch(() => null);
  const isList = there?.status === 200 && listing.safeParse(parseJson(there.text)).success;
  const found = isList || there?.status === 401 ? `set ${urlVariable}=${deeper}` : null;
  const problem = status === 200 ? 'sends no list of models' : `answers ${status}`;
  return new ServerFault(
    found === null ? 'no-list' : 'address',
    `The server at ${baseUrl} ${problem} at /models; ${found ?? `check ${urlVariable}: most servers have their API at /v1`}.`,
  );
}

/** Gemini lists `models/gemini-…` and also accepts `gemini-…`. */
const withoutPrefix = (id: string) => id.replace(/^models\//, '');

/**
 * The listed id of a model, or undefined. Ollama lists `name:latest` for `name`. OpenRouter accepts `name:variant` for
 * a listed `name`.
 */
export function nameIn(ids: readonly string[], model: string): string | undefined {
  const name = withoutPrefix(model);
  return [name, `${name}:latest`, ...(name.includes('/') ? [name.replace(/:[a-z]+$/, '')] : [])].find((one) =>
    ids.includes(one),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Timeout of a list of models, in ms. */
const TIMEOUT_MS = 10_000;

/**
 * Sizes of the contexts of models, in tokens, from the model lists of the servers. They are fetched once, in the
 * background. Until then, and for models that no list states a size of, the answer is `preset`.
 */
export function createContexts(roles: readonly RoleModels[], preset: number): (model: string) => number {
  const lists: Catalogue[] = [];
  const servers = new Map(roles.map(({ server }) => [server.baseUrl, server]));
  for (const server of servers.values()) {
    listModels(server, TIMEOUT_MS)
      .then((list) => lists.push(list))
      .catch(() => {});
  }
  return (model) => {
    const known = lists.flatMap((list) => list.contextOf(model) ?? []);
    return known.length === 0 ? preset : Math.min(...known);
  };
}
