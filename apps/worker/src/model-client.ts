import {
  type Answer,
  type Ask,
  type Employer,
  type Failure,
  type Question,
  StageError,
} from '@codegen/pipeline';
import OpenAI from 'openai';
import { billLookup } from './bill.ts';
import { PartialAnswer } from './model-answer.ts';
import { chunksOf } from './model-chunk.ts';
import { failureOf, modelFailure } from './model-failure.ts';
import { failureOfFault } from './model-fault.ts';
import { attributionHeaders, isOpenRouter, OPENROUTER_BODY } from './openrouter.ts';

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

export interface ModelClient {
  readonly ask: Ask;
  /** Only where the server can be asked: OpenRouter. */
  readonly bill?: NonNullable<Employer['bill']>;
}

/**
 * The way to the models, for the whole process. `ask` makes one streamed chat completion and no second try: who
 * tries again, and with which model, is decided by the failure of the StageError it throws.
 * @throws TypeError for an API key that no header can hold
 */
export function createModelClient(options: ModelClientOptions): ModelClient {
  const { apiKey, baseUrl, timeoutMs, maxAnswerBytes = 4 * 2 ** 20 } = options;
  const openRouter = options.openRouter ?? isOpenRouter(baseUrl);
  const client = sdkClient(options, openRouter);

  async function receive(question: Question, answer: PartialAnswer, signal: AbortSignal): Promise<void> {
    const { model, prompt } = question;
    const messages = [
      { role: 'system' as const, content: prompt.system },
      { role: 'user' as const, content: prompt.user },
    ];
    // No `models`: which stand-in is next depends on what this and other runs met. No `max_tokens`: it rules out
    // providers that allow fewer.
    const body = { model, messages, stream: true as const, stream_options: { include_usage: true } };
    const request = client.chat.completions.create(
      { ...body, ...(openRouter ? OPENROUTER_BODY : {}) },
      { signal },
    );
    const response = await request.asResponse();
    answer.begin(response.headers);
    for await (const chunk of chunksOf(response, maxAnswerBytes * CHARACTERS_PER_BYTE)) {
      const text = answer.add(chunk);
      if (text !== '') question.onText?.(text);
      if (chunk?.error) return;
    }
  }

  async function ask(question: Question, signal: AbortSignal): Promise<Answer> {
    if (signal.aborted) throw new StageError(modelFailure('aborted'), { cause: signal.reason });
    const answer = new PartialAnswer(maxAnswerBytes);
    const call = new AbortController();
    const hangUp = () => call.abort();
    let isLate = false;
    const deadline = setTimeout(() => {
      isLate = true;
      hangUp();
    }, timeoutMs);
    signal.addEventListener('abort', hangUp, { once: true });
    let fault: unknown;
    try {
      await receive(question, answer, call.signal);
    } catch (error) {
      fault = error;
      if (error instanceof OpenAI.APIError && error.headers) answer.begin(error.headers);
    } finally {
      clearTimeout(deadline);
      signal.removeEventListener('abort', hangUp);
    }

    const outcome = ((): Answer | Failure => {
      if (answer.error) return failureOf({ error: answer.error, key: apiKey, now: Date.now() });
      // The text is whole; a connection that then breaks only loses the bill, and asking again doubles it.
      if (answer.isFinished) return answer.settle();
      if (signal.aborted) return modelFailure('aborted');
      if (isLate) return modelFailure('timeout', `${timeoutMs / 1_000} s`);
      return fault === undefined ? answer.settle() : failureOfFault(fault, apiKey);
    })();
    if ('text' in outcome) return outcome;
    throw new StageError(outcome, {
      // Hung up on, a server has been at work even if nothing has come.
      usage: answer.settleUsage(question.prompt, call.signal.aborted),
      ...(outcome.code === 'internal' ? { cause: fault } : {}),
    });
  }
  return openRouter ? { ask, bill: billLookup(client) } : { ask };
}

const HEADER_VALUE = /^[\x21-\x7e]+$/;

function sdkClient(options: ModelClientOptions, openRouter: boolean): OpenAI {
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
    maxRetries: 0,
    // Or else they come from OPENAI_… variables that are meant for something else.
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
  });
}
