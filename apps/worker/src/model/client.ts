import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AnswerSchema,
  type CallModel,
  type Failure,
  type ModelRequest,
  type ModelResponse,
  StageError,
  type StageRuntime,
} from '@codegen/pipeline';
import OpenAI from 'openai';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import { BaseUrlCheck } from './base-url-fault.ts';
import { errorOf } from './chunk.ts';
import { Completion } from './completion.ts';
import { parseErrorBody } from './error-body.ts';
import { failureOfError, failureOfReply, modelFailure } from './failures.ts';
import { attributionHeaders, isOpenRouter } from './openrouter.ts';
import { readChunks } from './response-body.ts';
import { type CallMemory, ResponseMemory } from './response-memory.ts';
import { ResponseReader } from './response-reader.ts';
import { CallTimer, type ExceededLimit, type TimeLimits } from './time-limits.ts';
import { createTransport, type ProxyOptions, type Transport } from './transport.ts';
import { createUsageLookup } from './usage.ts';

export interface ModelClientOptions extends Partial<Omit<TimeLimits, 'timeoutMs'>> {
  readonly timeoutMs: number;
  /** Base URL of an OpenAI-compatible API, with its version: `https://openrouter.ai/api/v1`. */
  readonly baseUrl: string;
  /** The setting of the base URL, named in messages; `BASE_URL` by default. */
  readonly urlVariable?: string;
  /** Null sends no Authorization header. */
  readonly apiKey: string | null;
  readonly appName: string;
  readonly httpReferer: string | null;
  /** Whether the server supports OpenRouter's extensions. By default decided by the host of `baseUrl`. */
  readonly openRouter?: boolean;
  /** Headers of every request, in addition. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers of a request, in addition. */
  readonly headersOf?: (request: ModelRequest) => Readonly<Record<string, string>>;
  /** Fields of the body of a request, in addition. */
  readonly bodyOf?: (request: ModelRequest) => Readonly<Record<string, unknown>>;
  readonly proxy?: ProxyOptions | null;
  /** Wraps the transport's `fetch`, e.g. to change bodies for a server. */
  readonly wrapFetch?: (fetch: Transport['fetch']) => Transport['fetch'];
  /** Limit of the text in UTF-8 bytes; a longer response fails as truncated. 1 MiB by default. */
  readonly maxAnswerBytes?: number;
  /** Time in ms in which a server that has never responded is tried again, and the connect timeout. 6,000 by default. */
  readonly startupMs?: number;
}

const DEFAULTS = { firstTokenMs: 120_000, idleMs: 60_000, startupMs: 6_000, maxAnswerBytes: 2 ** 20 };

/** Limits per byte of text. JSON can need six bytes for one byte, but only for few of them; a token 500 for four. */
const LIMIT_FACTORS = { event: 2, response: 128 };

/** Memory in bytes of all responses that are being received. */
const MAX_MEMORY_BYTES = 128 * 2 ** 20;

/** Room for what is not text. */
const MIN_LIMIT_BYTES = 64 * 1024;

/** A long answer has 100,000 tokens, each an event. */
const MAX_EVENTS = 500_000;

/** Delay in ms between tries of a server that has never responded. */
const RECONNECT_MS = 250;

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
  const limits = { ...DEFAULTS, ...options };
  const { apiKey, baseUrl, timeoutMs, startupMs, maxAnswerBytes } = limits;
  const openRouter = options.openRouter ?? isOpenRouter(baseUrl);
  const transport = createTransport({
    baseUrl,
    connectMs: Math.min(timeoutMs, startupMs),
    idleMs: openRouter ? IDLE_MS.openRouter : IDLE_MS.other,
    proxy: options.proxy ?? null,
  });
  const client = createSdkClient(options, openRouter, transport);
  const baseUrlCheck = new BaseUrlCheck(
    client.buildURL('/chat/completions', null),
    apiKey,
    startupMs,
    options.urlVariable ?? 'BASE_URL',
  );
  const memory = new ResponseMemory(MAX_MEMORY_BYTES);
  const responseLimits = {
    maxEventBytes: Math.max(maxAnswerBytes * LIMIT_FACTORS.event, MIN_LIMIT_BYTES),
    maxBytes: Math.max(maxAnswerBytes * LIMIT_FACTORS.response, MIN_LIMIT_BYTES),
    maxEvents: MAX_EVENTS,
  };

  /**
   * The SDK builds the request and maps the status of an error. It never sees the body of a stream: `transport.fetch` sends the
   * request with the reader in `fetchOptions`, and `readChunks` parses what that reader receives.
   */
  async function receive(call: OpenCall) {
    const { request, response, reader } = call;
    const { model, prompt } = request;
    const messages = [
      { role: 'system' as const, content: prompt.system },
      { role: 'user' as const, content: prompt.user },
    ];
    // No `models`: the retry policy chooses fallback models. No `max_tokens`: it would exclude providers with a lower
    // limit. Reasoning is not excluded: it shows that a silent model is at work.
    const body = {
      model,
      messages,
      stream: true as const,
      stream_options: { include_usage: true },
      ...(prompt.schema && { response_format: responseFormat(prompt.schema) }),
    };
    // Equivalent to `chat.completions.create`, which traverses the whole body once more.
    const sent = client.post('/chat/completions', {
      body: { ...body, ...options.bodyOf?.(request) } satisfies ChatCompletionCreateParamsStreaming,
      stream: true,
      headers: options.headersOf?.(request) ?? {},
      fetchOptions: { reader } as object,
    });
    const { headers } = await sent.asResponse();
    response.addHeaders(headers);
    let unpublished = '';
    const publish = () => {
      const text = unpublished;
      unpublished = '';
      if (text !== '') request.onText?.(text);
    };
    await readChunks(
      reader,
      { ...responseLimits, memory: call.memory },
      {
        onChunk(chunk) {
          const { tokens } = response;
          unpublished += response.addChunk(chunk);
          if (response.tokens > tokens) call.timer.progress();
          return errorOf(chunk) === null;
        },
        onDone() {
          response.sawDone = true;
        },
        onPacketEnd: publish,
      },
    );
    unpublished += response.flush();
    publish();
  }

  /** Receives the response. Tries again while a server that has never responded may be starting. */
  async function receiveOnceStarted(call: OpenCall, stop: AbortSignal) {
    for (;;) {
      try {
        return await receive(call);
      } catch (error) {
        if (stop.aborted || !baseUrlCheck.mayBeStarting(error)) throw error;
      }
      await sleep(RECONNECT_MS, undefined, { signal: stop });
      call.reader = new ResponseReader();
    }
  }

  async function callModel(request: ModelRequest, signal: AbortSignal): Promise<ModelResponse> {
    if (signal.aborted) throw new StageError(modelFailure('aborted'), { cause: signal.reason });
    const stop = new AbortController();
    const abort = (reason: Error) => {
      stop.abort(reason);
      call.reader.abort(reason);
    };
    const timer = new CallTimer(limits, () => abort(new Error('the call timed out')));
    const callMemory = memory.forCall();
    const response = new Completion(maxAnswerBytes, callMemory, apiKey);
    const call: OpenCall = { request, response, timer, memory: callMemory, reader: new ResponseReader() };
    const onAbort = () => abort(new Error('the call was aborted'));
    signal.addEventListener('abort', onAbort, { once: true });
    let thrown: unknown;
    try {
      await receiveOnceStarted(call, stop.signal);
    } catch (error) {
      thrown = error;
      if (error instanceof OpenAI.APIError && error.headers) response.addHeaders(error.headers);
    } finally {
      timer.stop();
      callMemory.release();
      signal.removeEventListener('abort', onAbort);
    }
    if (call.reader.status !== 0) baseUrlCheck.confirm(response.hasChoice);

    const result = resultOf(call, thrown, signal.aborted);
    if ('text' in result) return result;
    const isStopped = signal.aborted || timer.exceeded !== null;
    throw new StageError(result, {
      // After an abort the server may have generated tokens although no chunk arrived.
      usage: response.usageOfFailure(request.prompt, call.reader.isSent && isStopped),
      ...(result.code === 'internal' ? { cause: thrown } : {}),
    });
  }

  function resultOf({ response, reader, timer }: OpenCall, thrown: unknown, isAborted: boolean) {
    const reply = { key: apiKey, now: Date.now() };
    const { status, errorText } = reader;
    if (response.error) {
      const text = typeof response.error === 'string' ? response.error : '';
      const fault = baseUrlCheck.faultOfReply({ status, text, location: null });
      return fault ?? failureOfReply({ ...reply, error: response.error });
    }
    // The text is complete. A connection that fails now loses only the usage; a retry would be billed again.
    if (response.isComplete) return response.toResult();
    if (isAborted) return modelFailure('aborted');
    if (timer.exceeded !== null) return timeoutFailure(timer.exceeded);
    if (thrown === undefined) return response.toResult();
    if (!(thrown instanceof OpenAI.APIError) || thrown.status === undefined)
      return baseUrlCheck.faultOfConnection(thrown) ?? failureOfError(thrown);
    const fault = baseUrlCheck.faultOfReply({ status, text: errorText, location: reader.header('location') });
    const error = parseErrorBody(errorText);
    return fault ?? failureOfReply({ ...reply, status, error, headers: thrown.headers });
  }

  return {
    callModel,
    async warmUp() {
      if (await transport.warmUp()) baseUrlCheck.confirm(false);
    },
    close: transport.close,
    ...(openRouter && { reconcileUsage: createUsageLookup(client) }),
  };
}

/** The limit of the whole call says nothing about a model that was writing. */
function timeoutFailure({ detail, isWriting }: ExceededLimit): Failure {
  const failure = modelFailure('timeout', detail);
  return isWriting ? { ...failure, modelWorked: true } : failure;
}

/** A call while it runs. */
interface OpenCall {
  readonly request: ModelRequest;
  readonly response: Completion;
  readonly timer: CallTimer;
  readonly memory: CallMemory;
  reader: ResponseReader;
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

/** Asks for JSON of a schema. `servers/adaptation.ts` leaves it out where a server refuses it. */
const responseFormat = ({ name, schema }: AnswerSchema) => ({
  type: 'json_schema' as const,
  json_schema: { name, strict: true, schema },
});
