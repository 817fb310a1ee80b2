import { SettingsError } from '@codegen/settings';
import { type Catalogue, listModels, nameIn } from './catalogue.ts';
import { ServerFault } from './request.ts';
import type { ModelServer, RoleModels } from './settings.ts';

/** Timeout of a check in ms. */
const TIMEOUT_MS = 5_000;
const MAX_LISTED = 20;

/**
 * Checks that models are named for every server other than OpenRouter, or that the server has the default models.
 * @throws SettingsError that names the setting and lists the models of the server
 * @throws ServerFault if a server does not answer, so that its models are unknown
 */
export async function requireModels(roles: readonly RoleModels[]): Promise<void> {
  const unnamed = roles.filter((one) => !one.isChosen && !one.isOpenRouter);
  const lists = await listAll(unnamed);
  for (const { server, variable, models } of unnamed) {
    const list = lists.get(server.baseUrl);
    if (list instanceof ServerFault) throw withVariable(list, variable);
    if (list !== undefined && !models.every((model) => nameIn(list.ids, model)))
      throw new SettingsError(request(server, variable, list.ids));
  }
}

/** A sentence each. */
export interface ServerWarnings {
  /** Servers that do not answer. */
  readonly unreachable: readonly string[];
  /** Models that a server does not list. It may serve them all the same: not every server lists its aliases. */
  readonly unlisted: readonly string[];
}

/**
 * Checks the servers other than OpenRouter before something starts for a person.
 * @throws SettingsError for a missing model, a rejected key or a wrong address
 */
export async function checkServers(roles: readonly RoleModels[]): Promise<ServerWarnings> {
  const others = roles.filter(({ isOpenRouter }) => !isOpenRouter);
  const lists = await listAll(others);
  const faults = [...lists.values()].filter((one) => one instanceof ServerFault);
  const wrong = faults.find(({ kind }) => kind === 'key' || kind === 'address');
  if (wrong !== undefined) throw new SettingsError(wrong.message);
  await requireModels(roles).catch((error: unknown) => {
    throw error instanceof ServerFault ? new SettingsError(error.message) : error;
  });
  const unlisted = others.flatMap(({ server, variable, models }) => {
    const list = lists.get(server.baseUrl);
    if (list === undefined || list instanceof ServerFault) return [];
    return models
      .filter((model) => nameIn(list.ids, model) === undefined)
      .map((model) => `The server at ${server.baseUrl} does not list the model ${model} of ${variable}.`);
  });
  const unreachable = faults.filter(({ kind }) => kind === 'unreachable').map(({ message }) => message);
  return { unreachable: [...new Set(unreachable)], unlisted: [...new Set(unlisted)] };
}

/** The models of each server, by its address, or why they are unknown. */
async function listAll(roles: readonly RoleModels[]): Promise<ReadonlyMap<string, Catalogue | ServerFault>> {
  const servers = new Map(roles.map(({ server }) => [server.baseUrl, server]));
  const entries = [...servers].map(async ([address, server]) => {
    const list = await listModels(server, TIMEOUT_MS).catch((error: unknown) => {
      if (error instanceof ServerFault) return error;
      throw error;
    });
    return [address, list] as const;
  });
  return new Map(await Promise.all(entries));
}

/** A wrong address is mended first: the list of models comes with the right one. */
function withVariable(fault: ServerFault, variable: string): ServerFault {
  const { kind, message } = fault;
  if (kind === 'address') return fault;
  return new ServerFault(kind, `${message} ${variable} is not set either; set it to the model to use.`);
}

function request({ baseUrl, urlVariable }: ModelServer, variable: string, ids: readonly string[]): string {
  if (ids.length === 0)
    return `${urlVariable} is set, but ${variable} is not, and the server at ${baseUrl} has no models. Load a model there and set ${variable} to its name.`;
  const lines = ids.slice(0, MAX_LISTED).map((id) => `  ${id}`);
  if (ids.length > MAX_LISTED) lines.push(`  … and ${ids.length - MAX_LISTED} more`);
  return [
    `${urlVariable} is set, but ${variable} is not. Set ${variable} to one of the models at ${baseUrl}, e.g. ${variable}=${ids[0]}:`,
    ...lines,
  ].join('\n');
}
