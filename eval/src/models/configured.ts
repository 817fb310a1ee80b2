import { readSettings } from '@codegen/settings';
import { hasNoServer, resolveRoles, withProxyVariables } from '@codegen/worker/servers';
import { workerSettings } from '@codegen/worker/settings';
import { createModelClients } from '@codegen/worker/testing';
import type { Models } from './models.ts';

/**
 * The models that the worker's settings name, called as a worker calls them. Null if the settings name no server and no key.
 * @throws SettingsError
 */
export function configuredModels(env: NodeJS.ProcessEnv): Models | null {
  const settings = readSettings(workerSettings, withProxyVariables(env));
  if (hasNoServer(settings)) return null;
  const clients = createModelClients(resolveRoles(settings), {
    appName: settings.APP_NAME,
    httpReferer: settings.HTTP_REFERER,
    firstTokenMs: settings.MODEL_FIRST_TOKEN_SECONDS * 1_000,
    idleMs: settings.MODEL_IDLE_SECONDS * 1_000,
    timeoutMs: settings.MODEL_TIMEOUT_SECONDS * 1_000,
  });
  return {
    rates: null,
    callModel: clients.callModel,
    models: clients.models,
    ...(clients.reconcileUsage && { reconcileUsage: clients.reconcileUsage }),
    [Symbol.asyncDispose]: () => clients.close(),
  };
}
