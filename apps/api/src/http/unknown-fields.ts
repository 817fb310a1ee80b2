import { likelyName } from '@codegen/settings';
import type { z } from 'zod';
import { ProblemError } from '../problem.ts';

/** The field that a name of another API or an abbreviation stands for. Names are as `plain` returns them. */
const ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    query: ['prompt', 'q', 'input', 'text', 'question', 'instruction', 'content', 'task'],
    messages: ['conversation', 'history', 'chat'],
    previousJobId: ['previousjob', 'previousid', 'parentid', 'parentjobid', 'previousresponseid'],
    files: ['file', 'attachments', 'code', 'context'],
    models: ['model'],
    maxCostUsd: ['maxcost', 'cost', 'costlimit', 'maxprice', 'maxusd', 'budget', 'budgetusd'],
    deadlineSeconds: ['deadline', 'timeout', 'timeoutseconds', 'maxseconds', 'timelimit'],
    webhook: ['callback', 'callbackurl', 'webhookurl'],
    metadata: ['labels', 'tags'],
    validateOnly: ['validate', 'dryrun', 'estimate'],
    createdFrom: ['from', 'since', 'createdafter'],
    createdTo: ['to', 'until', 'createdbefore'],
    limit: ['pagesize', 'perpage'],
    cursor: ['next', 'pagetoken'],
  }).flatMap(([field, aliases]) => aliases.map((alias) => [alias, field])),
);

/** Maximum length of a name that is compared with the fields. */
const MAX_CHARS = 40;

const plain = (name: string) => name.replace(/[_-]/g, '').toLowerCase();

/** The field of `known` that `name` probably means, or null: an alias, another spelling or up to three wrong letters. */
export function likelyField(name: string, known: readonly string[]): string | null {
  if (!/^[\w-]+$/.test(name) || name.length > MAX_CHARS) return null;
  const wanted = plain(name);
  const alias = ALIASES.get(wanted);
  if (alias !== undefined && known.includes(alias)) return alias;
  const fields = new Map(known.map((field) => [plain(field), field]));
  // A short name resembles too many others.
  const maxDistance = Math.min(3, Math.floor(wanted.length / 3));
  const match = likelyName(wanted, [...fields.keys()], maxDistance);
  return fields.get(match ?? '') ?? null;
}

/** Names of a schema's fields. */
export const fieldsOf = ({ shape }: z.ZodObject): string[] => Object.keys(shape);

/**
 * Rejects a parameter that misspells a parameter of the route: ignoring `max_cost` would remove a limit. Other unknown
 * parameters are ignored, because proxies and trackers add some.
 * @throws ProblemError that names both
 */
export function rejectMisspelled(parameters: URLSearchParams, known: readonly string[]) {
  for (const name of new Set(parameters.keys())) {
    const likely = known.includes(name) ? null : likelyField(name, known);
    if (likely !== null) {
      throw new ProblemError('invalid-parameter', `There is no parameter ${name}. Did you mean ${likely}?`);
    }
  }
}

/**
 * The first issue of an object schema as a `detail` of at most 300 characters: `field: what is allowed`. For an unknown
 * field of the object itself, it names the likely field, or else all fields.
 */
export function issueOf({ issues: [issue] }: z.ZodError, known: readonly string[]): string {
  if (issue?.code === 'unrecognized_keys' && issue.path.length === 0) {
    const [name = ''] = issue.keys;
    const likely = likelyField(name, known);
    const advice = likely === null ? `Use ${known.join(', ')}.` : `Did you mean ${likely}?`;
    return `There is no field ${name.slice(0, MAX_CHARS)}. ${advice}`.slice(0, 300);
  }
  const where = issue?.path.length ? `${issue.path.map(String).join('.')}: ` : '';
  return `${where}${issue?.message ?? 'not valid'}`.slice(0, 300);
}
