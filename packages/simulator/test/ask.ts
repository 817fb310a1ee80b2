import type { Simulator } from '../src/index.ts';

export interface Question {
  request?: string;
  stage?: string;
  sections?: Record<string, string>;
  model?: string;
  models?: string[];
  stream?: boolean;
  key?: string;
  signal?: AbortSignal;
}

/** Asks as the pipeline does: a system message that names the stage, data in sections with a nonce. */
export function ask({ baseUrl }: Pick<Simulator, 'baseUrl'>, question: Question = {}): Promise<Response> {
  const {
    request = 'Write a Python function to reverse a string',
    stage = 'generate.direct',
    sections,
  } = question;
  const content = Object.entries({ request, ...sections })
    .map(([name, text]) => `<${name}-3f9a01bc>\n${text}\n</${name}-3f9a01bc>`)
    .join('\n\n');
  return fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${question.key ?? 'key'}`, 'x-openrouter-title': 'tests' },
    body: JSON.stringify({
      model: question.model ?? 'maker/model',
      models: question.models,
      stream: question.stream ?? false,
      messages: [
        {
          role: 'system',
          content: `You are the "${stage}" stage of a code-generation pipeline. Data follows.`,
        },
        { role: 'user', content },
      ],
    }),
    signal: question.signal ?? null,
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
export async function answer(simulator: Simulator, question: Question = {}): Promise<string> {
  const { choices } = (await (await ask(simulator, question)).json()) as Completion;
  return choices[0]?.message.content ?? '';
}

/** The first fenced block of a text. */
export function fenced(text: string): { tag: string; code: string } {
  const [, tag = '', code = ''] = /^```(\w+)\n([\s\S]*?)\n```$/m.exec(text) ?? [];
  return { tag, code };
}
