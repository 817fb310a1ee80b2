import { type Catalogue, listModels } from './catalogue.ts';
import type { RoleModels } from './settings.ts';

/** Timeout of a list of models, in ms. */
const TIMEOUT_MS = 10_000;

/**
 * Sizes of the contexts of models, in tokens, from the model lists of the servers. They are fetched once, in the
 * background. Until then, and for models that no list states a size of, the answer is `preset`.
 */
export function createContexts(roles: readonly RoleModels[], preset: number): (model: string) => number {
  const lists: Catalogue[] = [];
  const servers = new Map(roles.map(({ server }) => [server.baseUrl, server]));
  for (const server of servers.values()) {
    listModels(server, TIMEOUT_MS)
      .then((list) => lists.push(list))
      .catch(() => {});
  }
  return (model) => {
    const known = lists.flatMap((list) => list.contextOf(model) ?? []);
    return known.length === 0 ? preset : Math.min(...known);
  };
}
