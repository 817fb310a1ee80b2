import type { Graph, Prompt } from '@codegen/pipeline';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { loadScripts } from '../redis/scripts.ts';

/** The prompt of a stage's last call and the raw answer to it. */
export interface StoredPrompt {
  readonly stage: string;
  readonly model: string;
  readonly system: string;
  readonly user: string;
  readonly answer: string;
  /** Whether a text was too long to be stored whole. */
  readonly truncated: boolean;
}

/** Longest text that is stored, in characters: three texts for each of about ten stages of a run. */
const MAX_CHARS = 50_000;

/** Without half of a surrogate pair at its end. */
const cut = (text: string) => (text.length > MAX_CHARS ? text.slice(0, MAX_CHARS).toWellFormed() : text);

const fieldOf = (stage: string) => `prompt:${stage}`;

export interface PromptCall {
  readonly stage: string;
  readonly model: string;
  readonly prompt: Pick<Prompt, 'system' | 'user'>;
  readonly answer: string;
}

export type StoredPrompts = ReturnType<typeof createStoredPrompts>;

/** Stores prompts and raw answers with their runs, if the operator wants them (`SHOW_PROMPTS`). */
export function createStoredPrompts(graph: Graph, redis: Connection, keys: Keys) {
  const scripts = loadScripts(redis, 'runs', ['storePrompt']);
  return {
    async store(run: string, { stage, model, prompt: { system, user }, answer }: PromptCall) {
      const truncated = [system, user, answer].some((text) => text.length > MAX_CHARS);
      const stored = { stage, model, system: cut(system), user: cut(user), answer: cut(answer), truncated };
      const json = JSON.stringify(stored satisfies StoredPrompt);
      await scripts.storePrompt([keys.run(run)], [fieldOf(stage), json]);
    },

    /** In the order of the graph. */
    async load(run: string): Promise<StoredPrompt[]> {
      const values = await redis.hmget(keys.run(run), ...graph.names.map(fieldOf));
      return values.flatMap((json) => (json === null ? [] : [JSON.parse(json) as StoredPrompt]));
    },
  };
}
