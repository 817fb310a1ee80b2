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
  /** `[DONE]` came. */
  done: boolean;
  content: string;
  reasoning: string;
  finish: string | null;
}

/** Takes a finished stream apart. Throws if an event is not JSON. */
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
