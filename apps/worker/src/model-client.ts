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
import { billLookup } from './bill.ts';
import { Exchange } from './exchange.ts';
import { PartialAnswer } from './model-answer.ts';
import { readChunks } from './model-chunk.ts';
import { failureOf, modelFailure } from './model-failure.ts';
import { failureOfFault } from './model-fault.ts';
import { attributionHeaders, isOpenRouter, OPENROUTER_BODY } from './openrouter.ts';
import { createTransport, type Transport } from './transport.ts';

export interface ModelClientOptions {
  /** Of an OpenAI-compatible API, with its version: `https://openrouter.ai/api/v1`. */
  readonly baseUrl: string;
  /** Null sends no Authorization header. */
  readonly apiKey: string | null;
  readonly appName: string;
  readonly httpReferer: string | null;
  /** Milliseconds for a whole call, from the connection to the end of the answer. */
  readonly timeoutMs: number;
  /** Whether the server knows OpenRouter's extras; by the host of `baseUrl` if not given. */
  readonly openRouter?: boolean;
  /** Bytes of text in UTF-8; an answer beyond them is cut off and fails. 4 MiB if not given. */
  readonly maxAnswerBytes?: number;
}

/** JSON may spell one byte of text with six characters, but does so for few of them. */
const CHARACTERS_PER_BYTE = 2;

/** Longest time for a connection to stand, TLS included. */
const CONNECT_MS = 10_000;

/** Servers that do not say how long they keep a connection: uvicorn, under vLLM and others, ends it after 5 s. */
const IDLE_MS = { openRouter: 60_000, other: 4_000 };

/** The way to the models, for the whole process. */
export interface ModelClient {
  /**
   * Makes one streamed chat completion and no second try: who tries again, and with which model, is decided by the
   * failure of the StageError it throws.
   */
  readonly callModel: CallModel;
  /** Only where the server can be asked: OpenRouter. */
  readonly reconcileUsage?: NonNullable<StageRuntime['reconcileUsage']>;
  /** Gets the first connection over with, so that the first call need not. Never rejects. */
  warmUp(): Promise<void>;
  /** Ends all connections, also those of calls under way. Can be called twice. */
  close(): Promise<void>;
}

/** @throws TypeError for an API key that no header can hold, or a `baseUrl` that is none */
export function createModelClient(options: ModelClientOptions): ModelClient {
  const { apiKey, baseUrl, timeoutMs, maxAnswerBytes = 4 * 2 ** 20 } = options;
  const openRouter = options.openRouter ?? isOpenRouter(baseUrl);
  const transport = createTransport({
    baseUrl,
    connectMs: Math.min(timeoutMs, CONNECT_MS),
    idleMs: openRouter ? IDLE_MS.openRouter : IDLE_MS.other,
  });
  const client = sdkClient(options, openRouter, transport);

  async function receive(question: ModelRequest, answer: PartialAnswer, exchange: Exchange): Promise<void> {
    const { model, prompt } = question;
    const messages = [
      { role: 'system' as const, content: prompt.system },
      { role: 'user' as const, content: prompt.user },
    ];
    // No `models`: which stand-in is next depends on what this and other runs met. No `max_tokens`: it rules out
    // providers that allow fewer.
    const body = { model, messages, stream: true as const, stream_options: { include_usage: true } };
    // `chat.completions.create` comes to the same, but walks through the whole body once more.
    const request = client.post('/chat/completions', {
      body: { ...body, ...(openRouter ? OPENROUTER_BODY : {}) } satisfies ChatCompletionCreateParamsStreaming,
      stream: true,
      fetchOptions: { exchange } as object,
    });
    const { headers } = await request.asResponse();
    answer.begin(headers);
    const tell = (text: string) => {
      if (text !== '') question.onText?.(text);
    };
    await readChunks(exchange, maxAnswerBytes * CHARACTERS_PER_BYTE, (chunk) => {
      tell(answer.add(chunk));
      return !chunk?.error;
    });
    tell(answer.end());
  }

  async function callModel(question: ModelRequest, signal: AbortSignal): Promise<ModelResponse> {
    if (signal.aborted) throw new StageError(modelFailure('aborted'), { cause: signal.reason });
    const answer = new PartialAnswer(maxAnswerBytes);
    const exchange = new Exchange();
    let isLate = false;
    const deadline = setTimeout(() => {
      isLate = true;
      exchange.hangUp(new Error('it takes too long'));
    }, timeoutMs);
    const hangUp = () => exchange.hangUp(new Error('nobody waits for it'));
    signal.addEventListener('abort', hangUp, { once: true });
    let fault: unknown;
    try {
      await receive(question, answer, exchange);
    } catch (error) {
      fault = error;
      if (error instanceof OpenAI.APIError && error.headers) answer.begin(error.headers);
    } finally {
      clearTimeout(deadline);
      signal.removeEventListener('abort', hangUp);
    }

    const outcome = ((): ModelResponse | Failure => {
      if (answer.error) return failureOf({ error: answer.error, key: apiKey, now: Date.now() });
      // The text is whole; a connection that then breaks only loses the bill, and asking again doubles it.
      if (answer.isFinished) return answer.finish();
      if (signal.aborted) return modelFailure('aborted');
      if (isLate) return modelFailure('timeout', `${timeoutMs / 1_000} s`);
      return fault === undefined ? answer.finish() : failureOfFault(fault, apiKey);
    })();
    if ('text' in outcome) return outcome;
    throw new StageError(outcome, {
      // Hung up on, a server has been at work even if nothing has come.
      usage: answer.settleUsage(question.prompt, exchange.isSent && (isLate || signal.aborted)),
      ...(outcome.code === 'internal' ? { cause: fault } : {}),
    });
  }
  const { warmUp, close } = transport;
  return { callModel, warmUp, close, ...(openRouter && { reconcileUsage: billLookup(client) }) };
}

const HEADER_VALUE = /^[\x21-\x7e]+$/;

function sdkClient(options: ModelClientOptions, openRouter: boolean, transport: Transport): OpenAI {
  const { apiKey, baseUrl, timeoutMs } = options;
  // fetch would say so too, but with the key in its message.
  if (apiKey && !HEADER_VALUE.test(apiKey))
    throw new TypeError('the API key holds characters that no header can');
  return new OpenAI({
    baseURL: baseUrl,
    apiKey: apiKey || 'none',
    defaultHeaders: {
      ...(apiKey ? {} : { Authorization: null }),
      ...(openRouter ? attributionHeaders(options) : {}),
    },
    timeout: timeoutMs,
    fetch: transport.fetch as typeof fetch,
    maxRetries: 0,
    // Or else they come from OPENAI_… variables that are meant for something else.
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
  });
}
