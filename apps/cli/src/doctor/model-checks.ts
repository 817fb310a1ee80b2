import { type Catalogue, checkKey, listModels, nameIn, probeModel, ServerFault } from '@codegen/worker';
import type { RoleModels } from '@codegen/worker/servers';
import { type Check, fail, pass } from './check.ts';

/** Timeout in ms of a list and of a test call. A local server may load the model first. */
const LIST_TIMEOUT_MS = 5_000;
const CALL_TIMEOUT_MS = 60_000;
/** Tokens that a prompt with code and its answer may need. */
const MIN_CONTEXT = 16_384;
const MAX_LISTED = 10;

/** Checks each model server once, and each primary model and its fallbacks once. */
export async function checkModels(roles: readonly RoleModels[]): Promise<readonly Check[]> {
  if (roles.length === 0) {
    return [
      pass(
        'model server',
        'none; answers are simulated',
        'set OPENROUTER_API_KEY, or BASE_URL and MODEL, for answers of models',
      ),
    ];
  }
  const checks: Check[] = [];
  for (const group of byServer(roles)) checks.push(...(await checkServer(group)));
  return checks;
}

/** Roles that share server and key. */
function byServer(roles: readonly RoleModels[]): readonly (readonly RoleModels[])[] {
  return [...Map.groupBy(roles, ({ server }) => `${server.baseUrl}\n${server.apiKey}`).values()];
}

async function checkServer(roles: readonly RoleModels[]): Promise<readonly Check[]> {
  const [{ server, isOpenRouter }] = roles as [RoleModels];
  const name = 'model server';
  let list: Catalogue | null = null;
  let found: Check;
  try {
    list = await listModels(server, LIST_TIMEOUT_MS);
    if (isOpenRouter) await checkKey(server, LIST_TIMEOUT_MS);
    found = pass(
      name,
      `${server.baseUrl} answers ${credentialOf(server)} and has ${count(list.ids.length, 'model')}`,
    );
  } catch (error) {
    if (!(error instanceof ServerFault)) throw error;
    if (error.kind !== 'no-list') return [fail(name, error.message, adviceFor(error, server))];
    found = pass(name, `${server.baseUrl} answers, but has no list of models`);
  }
  const isUnset = (one: RoleModels) => !one.isChosen && !one.isOpenRouter && isMissing(one.models[0], list);
  const unset = roles.filter(isUnset);
  const checks = [found];
  if (unset.length > 0) checks.push(askForModels(unset, list));
  const chosen = roles.filter((one) => !isUnset(one));
  for (const group of Map.groupBy(chosen, ({ models, body }) => JSON.stringify([models, body])).values())
    checks.push(await checkRole(group, list));
  return checks;
}

const isMissing = (model: string | undefined, list: Catalogue | null) =>
  model !== undefined && list !== null && nameIn(list.ids, model) === undefined;

const namesOf = (roles: readonly RoleModels[]) => `model of ${roles.map(({ role }) => role).join(', ')}`;

const offersOf = (list: Catalogue | null) => (list?.ids ?? []).slice(0, MAX_LISTED).join(', ');

function askForModels(roles: readonly RoleModels[], list: Catalogue | null): Check {
  const variables = [...new Set(roles.map(({ variable }) => variable))].join(' and ');
  return fail(namesOf(roles), `${variables} not set`, `set ${variables} to one of: ${offersOf(list)}`);
}

function adviceFor({ kind }: ServerFault, { urlVariable, keyVariable }: RoleModels['server']): string {
  if (kind === 'key') return `set ${keyVariable} to a valid key of this server`;
  return kind === 'unreachable' ? `start the server, or correct ${urlVariable}` : `correct ${urlVariable}`;
}

/** Checks the models of roles that have the same ones. */
async function checkRole(roles: readonly RoleModels[], list: Catalogue | null): Promise<Check> {
  const [first] = roles as [RoleModels];
  const { models, variable, server } = first;
  const [primary = '', ...fallbacks] = models;
  const name = namesOf(roles);
  try {
    const { failure, durationMs, structuredOutput } = await probeModel(first, CALL_TIMEOUT_MS);
    if (failure !== null) {
      const advice = isMissing(primary, list)
        ? `set ${variable} to a model that the server has: ${offersOf(list)}`
        : `check ${variable} and the log of the server`;
      return fail(name, `${primary} fails: ${failure}`, advice);
    }
    const missing = fallbacks.filter((model) => isMissing(model, list));
    if (missing.length > 0)
      return fail(name, `the server does not have ${missing.join(', ')}`, `correct ${variable}`);
    const context = list?.contextOf(primary) ?? null;
    const facts = [
      `${primary} answers in ${(durationMs / 1_000).toFixed(1)} s`,
      isMissing(primary, list) ? 'not in the list of models' : null,
      `structured output: ${structuredOutput ? 'yes' : 'no, answers are read from text'}`,
      context === null
        ? 'context length: not stated'
        : `context length: ${context.toLocaleString('en')} tokens`,
    ];
    return pass(name, facts.filter((fact) => fact !== null).join('; '), contextAdvice(context));
  } catch (error) {
    if (!(error instanceof ServerFault)) throw error;
    return fail(name, error.message, adviceFor(error, server));
  }
}

function credentialOf({ apiKey, keyVariable, headers, headersVariable }: RoleModels['server']): string {
  if (apiKey !== null) return `with the key in ${keyVariable}`;
  return Object.keys(headers).length > 0 ? `with the headers in ${headersVariable}` : 'without a key';
}

function contextAdvice(context: number | null): string | undefined {
  const needed = `make sure that it is at least ${MIN_CONTEXT.toLocaleString('en')} tokens`;
  if (context === null) return `${needed}; Ollama cuts prompts at 4,096 unless OLLAMA_CONTEXT_LENGTH is set`;
  return context < MIN_CONTEXT ? `long requests may not fit; ${needed}` : undefined;
}

const count = (number: number, noun: string) =>
  `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
