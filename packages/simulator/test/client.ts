import type { Simulator } from '../src/index.ts';

export interface CompletionOptions {
  request?: string;
  stage?: string;
  sections?: Record<string, string>;
  model?: string;
  models?: string[];
  stream?: boolean;
  key?: string;
  signal?: AbortSignal;
}

/** Sends a completion request like the pipeline's: the system message names the stage, sections have a nonce. */
export function complete(
  { baseUrl }: Pick<Simulator, 'baseUrl'>,
  options: CompletionOptions = {},
): Promise<Response> {
  const {
    request = 'Write a Python function to reverse a string',
    stage = 'generate.direct',
    sections,
  } = options;
  const content = Object.entries({ request, ...sections })
    .map(([name, text]) => `<${name}-3f9a01bc>\n${text}\n</${name}-3f9a01bc>`)
    .join('\n\n');
  return fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${options.key ?? 'key'}`, 'x-openrouter-title': 'tests' },
    body: JSON.stringify({
      model: options.model ?? 'maker/model',
      models: options.models,
      stream: options.stream ?? false,
      messages: [
        {
          role: 'system',
          content: `You are the "${stage}" stage of a code-generation pipeline. Data follows.`,
        },
        { role: 'user', content },
      ],
    }),
    signal: options.signal ?? null,
  });
}

interface Message {
  content: string | null;
  reasoning?: string | null;
  refusal?: string | null;
}

export interface Completion {
  id: string;
  model: string;
  choices: { message: Message; finish_reason: string | null; error?: { message: string } }[];
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number; cost: number };
}

/** The text of a plain answer. */
export async function answer(simulator: Simulator, options: CompletionOptions = {}): Promise<string> {
  const { choices } = (await (await complete(simulator, options)).json()) as Completion;
  return choices[0]?.message.content ?? '';
}

/** The first fenced block of a text. */
export function fenced(text: string): { tag: string; code: string } {
  const [, tag = '', code = ''] = /^```(\w+)\n([\s\S]*?)\n```$/m.exec(text) ?? [];
  return { tag, code };
}

interface Chunk {
  id?: string;
  model?: string;
  error?: { code: number; message: string };
  choices: {
    delta: { role?: string; content?: string; reasoning?: string; refusal?: string };
    finish_reason: string | null;
  }[];
  usage?: { completion_tokens: number; cost: number };
}

export interface Stream {
  comments: string[];
  chunks: Chunk[];
  /** Whether the stream ended with `[DONE]`. */
  done: boolean;
  content: string;
  reasoning: string;
  finish: string | null;
}

/** Parses a complete stream. @throws SyntaxError if an event is not JSON */
export function readStream(text: string): Stream {
  const events = text.split('\n\n').filter((event) => event !== '');
  const data = events.filter((event) => event.startsWith('data: ')).map((event) => event.slice(6));
  const chunks = data.filter((event) => event !== '[DONE]').map((event) => JSON.parse(event) as Chunk);
  const choices = chunks.flatMap((chunk) => chunk.choices ?? []);
  return {
    comments: events.filter((event) => event.startsWith(':')),
    chunks,
    done: data.at(-1) === '[DONE]',
    content: choices.map(({ delta }) => delta.content ?? '').join(''),
    reasoning: choices.map(({ delta }) => delta.reasoning ?? '').join(''),
    finish: choices.findLast(({ finish_reason }) => finish_reason !== null)?.finish_reason ?? null,
  };
}
