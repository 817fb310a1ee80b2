import { type CallModel, StageError } from '@codegen/pipeline';
import type { Transport } from '../model/transport.ts';

interface Message {
  readonly role: string;
  readonly content: unknown;
}

type Body = Record<string, unknown> & { readonly model: string; readonly messages: readonly Message[] };

/** Parts of a request that some servers or models refuse. */
type Part = 'stream_options' | 'stream' | 'system' | 'max_tokens' | 'temperature' | 'response_format';

/** Whether an error text refuses a part, per part. Error texts are those of OpenAI, Azure, Gemini, vLLM and llama.cpp. */
const REFUSALS: Readonly<Record<Part, RegExp>> = {
  stream_options: /stream_options|include_usage/i,
  stream:
    /["'`]stream["'`]|\bstream(ing)?\b.{0,80}\b(not|un)\s?-?(supported|allowed|available)|support stream|to stream\b/is,
  system:
    /\b(system|developer) (role|message|prompt|instruction)s?\b.{0,60}\b(not|un)\s?-?(supported|allowed|enabled)|only user(,| and) assistant roles|roles must alternate|not support.{0,20}\bsystem\b/is,
  max_tokens: /max_tokens.{0,120}(not supported|unsupported|max_completion_tokens)/is,
  temperature: /temperature.{0,120}(not support|unsupported|only the default)/is,
  response_format: /response_format|json_schema|structured output|\bgrammar\b/i,
};

const has: Readonly<Record<Part, (body: Body) => boolean>> = {
  stream_options: (body) => 'stream_options' in body,
  stream: (body) => body.stream === true,
  system: ({ messages }) => messages.some(({ role }) => role === 'system'),
  max_tokens: (body) => 'max_tokens' in body,
  temperature: (body) => 'temperature' in body,
  response_format: (body) => 'response_format' in body,
};

const without: Readonly<Record<Part, (body: Body) => Body>> = {
  stream_options: ({ stream_options, ...body }) => body as Body,
  // Usage options are refused without a stream.
  stream: ({ stream, stream_options, ...body }) => body as Body,
  system: (body) => ({ ...body, messages: mergeSystem(body.messages) }),
  max_tokens: ({ max_tokens, ...body }) =>
    ({ ...body, max_completion_tokens: max_tokens }) as unknown as Body,
  temperature: ({ temperature, ...body }) => body as Body,
  response_format: ({ response_format, ...body }) => body as Body,
};

/** Puts the system messages at the beginning of the first user message. */
function mergeSystem(messages: readonly Message[]): readonly Message[] {
  const system = messages.filter(({ role }) => role === 'system').map(({ content }) => content);
  const [first, ...rest] = messages.filter(({ role }) => role !== 'system');
  return [{ role: 'user', content: [...system, first?.content ?? ''].join('\n\n') }, ...rest];
}

/** The parts of a request that an error text refuses. */
export function refusedParts(body: Body, error: string): readonly Part[] {
  if (has.stream_options(body) && REFUSALS.stream_options.test(error)) return ['stream_options'];
  return (Object.keys(REFUSALS) as Part[]).filter((part) => has[part](body) && REFUSALS[part].test(error));
}

/** Leaves out of requests to one server what it refused before, for each model. Remembered by this process only. */
export interface Adaptation {
  /** A `fetch` that leaves out refused parts, and notes what a `400` or `422` refuses. */
  wrapFetch(fetch: Transport['fetch']): Transport['fetch'];
  /** A call that is repeated once for each part that the server refuses. */
  wrapCall(call: CallModel): CallModel;
}

export function createAdaptation(): Adaptation {
  const refused = new Map<string, Set<Part>>();
  const sizeOf = (model: string) => refused.get(model)?.size ?? 0;
  const noteRefusals = (sent: string, error: string) => {
    const body = JSON.parse(sent) as Body;
    const parts = refused.get(body.model) ?? new Set();
    for (const part of refusedParts(body, error)) parts.add(part);
    if (parts.size > 0) refused.set(body.model, parts);
  };
  return {
    wrapFetch: (fetch) => async (url, options) => {
      const text = options?.body;
      if (typeof text !== 'string' || !url.endsWith('/chat/completions')) return fetch(url, options);
      const sent = refused.size === 0 ? text : adapt(text, refused);
      const response = await fetch(url, { ...options, body: sent });
      if (response.status !== 400 && response.status !== 422) return response;
      // The transport keeps the text of an error in the reader.
      await response.text();
      noteRefusals(sent, options?.reader?.errorText ?? '');
      return new Response('', {
        status: response.status,
        headers: Object.fromEntries(response.headers.entries()),
      });
    },
    wrapCall: (call) => async (request, signal) => {
      for (;;) {
        const known = sizeOf(request.model);
        try {
          return await call(request, signal);
        } catch (error) {
          const isRepeated = error instanceof StageError && sizeOf(request.model) > known && !signal.aborted;
          if (!isRepeated) throw error;
        }
      }
    },
  };
}

function adapt(text: string, refused: ReadonlyMap<string, ReadonlySet<Part>>): string {
  const body = JSON.parse(text) as Body;
  const parts = refused.get(body.model);
  if (parts === undefined) return text;
  return JSON.stringify([...parts].reduce((adapted, part) => without[part](adapted), body));
}
