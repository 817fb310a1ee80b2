import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { loadScripts } from '../redis/scripts.ts';

/** Which run gave the last answer of a conversation, for clients that send conversations whole. */
export function createAnswers(redis: Connection, keys: Keys) {
  const scripts = loadScripts(redis, ['rememberAnswer']);
  return {
    /** @param conversation digest of the caller and of the conversation with the answer */
    async remember(id: string, conversation: string) {
      await scripts.rememberAnswer([keys.run(id), keys.answered(conversation)], [id]);
    },
    /** The run, or null. It may be gone. */
    find: (conversation: string): Promise<string | null> => redis.get(keys.answered(conversation)),
  };
}
