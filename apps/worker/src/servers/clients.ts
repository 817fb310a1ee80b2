import { createHash } from 'node:crypto';
import type { Role, StageRuntime } from '@codegen/pipeline';
import { createModelClient, type ModelClient, type ModelClientOptions } from '../model/client.ts';
import { type Adaptation, createAdaptation } from './adaptation.ts';
import type { ModelServer, RoleModels } from './settings.ts';

/** Clients of all model servers in use. Roles that share server and key share connections. */
export interface ModelClients {
  readonly callModel: StageRuntime['callModel'];
  /** Undefined if no server is OpenRouter. */
  readonly reconcileUsage?: NonNullable<StageRuntime['reconcileUsage']>;
  models(role: Role): readonly string[];
  /**
   * Identifies the server and the key of a role: what fails there must not affect the other roles, nor workers with a
   * new key.
   */
  account(role: Role): string;
  close(): Promise<void>;
}

type SharedOptions = Omit<
  ModelClientOptions,
  'baseUrl' | 'urlVariable' | 'apiKey' | 'headers' | 'proxy' | 'bodyOf' | 'wrapFetch'
>;

/** Headers may contain the key. */
const idOf = ({ baseUrl, apiKey, headers }: ModelServer) =>
  [baseUrl, apiKey ?? '', ...Object.entries(headers).flat()].join('\n');

/** A hash, because the name is stored in Redis and the key must not be. */
const accountOf = (server: ModelServer) =>
  createHash('sha256').update(idOf(server)).digest('base64url').slice(0, 12);

export function createModelClients(roles: readonly RoleModels[], options: SharedOptions): ModelClients {
  const byRole = new Map(roles.map((one) => [one.role, one]));
  const clients = new Map<string, { client: ModelClient; adaptation: Adaptation }>();
  for (const { server } of roles) {
    if (clients.has(idOf(server))) continue;
    const adaptation = createAdaptation();
    const client = createModelClient({
      ...options,
      baseUrl: server.baseUrl,
      urlVariable: server.urlVariable,
      apiKey: server.apiKey,
      headers: server.headers,
      proxy: server.proxy,
      bodyOf: ({ stage }) => byRole.get(stage.role)?.body ?? {},
      wrapFetch: adaptation.wrapFetch,
    });
    clients.set(idOf(server), { client, adaptation });
    // A TLS handshake takes two round trips, a TCP connection one.
    if (server.baseUrl.startsWith('https:')) void client.warmUp();
  }
  const calls = new Map(
    roles.map(({ role, server }) => {
      const { client, adaptation } = clients.get(idOf(server))!;
      return [role, adaptation.wrapCall(client.callModel)];
    }),
  );
  const accounts = new Map(roles.map(({ role, server }) => [role, accountOf(server)]));
  const all = [...clients.values()].map(({ client }) => client);
  const lookups = all.flatMap(({ reconcileUsage }) => reconcileUsage ?? []);
  return {
    callModel: (request, signal) => calls.get(request.stage.role)!(request, signal),
    ...(lookups.length > 0 && { reconcileUsage: firstOf(lookups) }),
    models: (role) => byRole.get(role)?.models ?? [],
    account: (role) => accounts.get(role) ?? '',
    async close() {
      await Promise.all(all.map((client) => client.close()));
    },
  };
}

type Lookup = NonNullable<StageRuntime['reconcileUsage']>;

/** A usage does not name its server. A generation id is unknown to every account but its own. */
const firstOf =
  (lookups: readonly Lookup[]): Lookup =>
  async (usage, signal) => {
    const found = await Promise.all(lookups.map((lookup) => lookup(usage, signal)));
    return found.find((one) => one !== null) ?? null;
  };
