import {
  type CallModel,
  type Failure,
  type ModelRequest,
  type ModelResponse,
  StageError,
  type StageRuntime,
} from '@codegen/pipeline';
import OpenAI from 'openai';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import { readChunks } from './chunks.ts';
import { failureOfError, failureOfReply, modelFailure } from './failures.ts';
import { attributionHeaders, isOpenRouter, OPENROUTER_BODY } from './openrouter.ts';
import { PartialResponse } from './partial-response.ts';
import { ResponseReader } from './response-reader.ts';
import { createTransport, type ProxyOptions, type Transport } from './transport.ts';
import { createUsageLookup } from './usage.ts';

export interface ModelClientOptions {
  /** Base URL of an OpenAI-compatible API, with its version: `https://openrouter.ai/api/v1`. */
  readonly baseUrl: string;
  /** Null sends no Authorization header. */
  readonly apiKey: string | null;
  readonly appName: string;
  readonly httpReferer: string | null;
  /** Timeout of a whole call in ms, from the connection to the end of the response. */
  readonly timeoutMs: number;
  /** Whether the server supports OpenRouter's extensions. By default decided by the host of `baseUrl`. */
  readonly openRouter?: boolean;
  /** Headers of every request, in addition. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Fields of the body of a request, in addition. */
  readonly bodyOf?: (request: ModelRequest) => Readonly<Record<string, unknown>>;
  readonly proxy?: ProxyOptions | null;
  /** Wraps the transport's `fetch`, e.g. to change bodies for a server. */
  readonly wrapFetch?: (fetch: Transport['fetch']) => Transport['fetch'];
  /** Limit of the text in UTF-8 bytes; a longer response fails as truncated. 4 MiB by default. */
  readonly maxAnswerBytes?: number;
}

/** Buffer limit per byte of text. JSON can need six characters for one byte, but only for few of them. */
const BUFFERED_CHARS_PER_BYTE = 2;

/** Connect timeout in ms, TLS included. */
const CONNECT_MS = 10_000;

/** Keep-alive timeouts in ms. uvicorn, which vLLM and others use, closes idle connections after 5 s. */
const IDLE_MS = { openRouter: 60_000, other: 4_000 };

/** Calls models over connections that the whole process shares. */
export interface ModelClient {
  /**
   * Makes one streamed chat completion, without retries.
   * @throws StageError; the intent of its failure says whether to retry, and with which model
   */
  readonly callModel: CallModel;
  /** Undefined unless the server is OpenRouter. */
  readonly reconcileUsage?: NonNullable<StageRuntime['reconcileUsage']>;
  /** Opens the first connection in advance. Never rejects. */
  warmUp(): Promise<void>;
  /** Closes all connections, also those of running calls. Can be called twice. */
  close(): Promise<void>;
}

/** @throws TypeError for an API key that is not a valid header value, or an invalid `baseUrl` */
export function createModelClient(options: ModelClientOptions): ModelClient {
  const { apiKey, baseUrl, timeoutMs, maxAnswerBytes = 4 * 2 ** 20 } = options;
  const openRouter = options.openRouter ?? isOpenRouter(baseUrl);
  const transport = createTransport({
    baseUrl,
    connectMs: Math.min(timeoutMs, CONNECT_MS),
    idleMs: openRouter ? IDLE_MS.openRouter : IDLE_MS.other,
    proxy: options.proxy ?? null,
  });
  const client = createSdkClient(options, openRouter, transport);

  async function receive(request: ModelRequest, response: PartialResponse, reader: ResponseReader) {
    const { model, prompt } = request;
    const messages = [
      { role: 'system' as const, content: prompt.system },
      { role: 'user' as const, content: prompt.user },
    ];
    // No `models`: the retry policy chooses fallback models. No `max_tokens`: it would exclude providers with a lower
    // limit.
    const body = { model, messages, stream: true as const, stream_options: { include_usage: true } };
    // Equivalent to `chat.completions.create`, which traverses the whole body once more.
    const call = client.post('/chat/completions', {
      body: {
        ...body,
        ...(openRouter ? OPENROUTER_BODY : {}),
        ...options.bodyOf?.(request),
      } satisfies ChatCompletionCreateParamsStreaming,
      stream: true,
      fetchOptions: { reader } as object,
    });
    const { headers } = await call.asResponse();
    response.addHeaders(headers);
    const publish = (text: string) => {
      if (text !== '') request.onText?.(text);
    };
    await readChunks(reader, maxAnswerBytes * BUFFERED_CHARS_PER_BYTE, (chunk) => {
      publish(response.addChunk(chunk));
      return !chunk?.error;
    });
    publish(response.end());
  }

  async function callModel(request: ModelRequest, signal: AbortSignal): Promise<ModelResponse> {
    if (signal.aborted) throw new StageError(modelFailure('aborted'), { cause: signal.reason });
    const response = new PartialResponse(maxAnswerBytes);
    const reader = new ResponseReader();
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      reader.abort(new Error('the call timed out'));
    }, timeoutMs);
    const onAbort = () => reader.abort(new Error('the call was aborted'));
    signal.addEventListener('abort', onAbort, { once: true });
    let thrown: unknown;
    try {
      await receive(request, response, reader);
    } catch (error) {
      thrown = error;
      if (error instanceof OpenAI.APIError && error.headers) response.addHeaders(error.headers);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }

    const outcome = ((): ModelResponse | Failure => {
      if (response.error) return failureOfReply({ error: response.error, key: apiKey, now: Date.now() });
      // The text is complete. A connection that fails now loses only the usage; a retry would be billed again.
      if (response.isFinished) return response.finish();
      if (signal.aborted) return modelFailure('aborted');
      if (timedOut) return modelFailure('timeout', `${timeoutMs / 1_000} s`);
      return thrown === undefined ? response.finish() : failureOfError(thrown, apiKey);
    })();
    if ('text' in outcome) return outcome;
    throw new StageError(outcome, {
      // After an abort the server may have generated tokens although no chunk arrived.
      usage: response.usageOfFailure(request.prompt, reader.isSent && (timedOut || signal.aborted)),
      ...(outcome.code === 'internal' ? { cause: thrown } : {}),
    });
  }
  const { warmUp, close } = transport;
  return { callModel, warmUp, close, ...(openRouter && { reconcileUsage: createUsageLookup(client) }) };
}

const HEADER_VALUE = /^[\x21-\x7e]+$/;

function createSdkClient(options: ModelClientOptions, openRouter: boolean, transport: Transport): OpenAI {
  const { apiKey, baseUrl, timeoutMs } = options;
  // Without this check the key would appear in the error of the request.
  if (apiKey && !HEADER_VALUE.test(apiKey))
    throw new TypeError('the API key contains characters that are not allowed in a header');
  return new OpenAI({
    baseURL: baseUrl,
    apiKey: apiKey || 'none',
    defaultHeaders: {
      ...(apiKey ? {} : { Authorization: null }),
      ...(openRouter ? attributionHeaders(options) : {}),
      ...options.headers,
    },
    timeout: timeoutMs,
    fetch: (options.wrapFetch?.(transport.fetch) ?? transport.fetch) as typeof fetch,
    maxRetries: 0,
    // Defaults would come from OPENAI_… environment variables.
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
  });
}
