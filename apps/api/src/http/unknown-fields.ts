import { likelyName } from '@codegen/settings';
import type { z } from 'zod';
import { ProblemError } from '../problem.ts';

/** The names by which other APIs, or abbreviations, call a field. As `plain` returns them. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  query: ['prompt', 'q', 'input', 'text', 'question', 'instruction', 'content', 'task'],
  messages: ['conversation', 'history', 'chat'],
  previousJobId: ['previousjob', 'previousid', 'parentid', 'parentjobid', 'previousresponseid'],
  files: ['file', 'attachments', 'code', 'context'],
  models: ['model'],
  maxCostUsd: ['maxcost', 'cost', 'costlimit', 'maxprice', 'maxusd', 'budget', 'budgetusd'],
  deadlineSeconds: ['deadline', 'timeout', 'timeoutseconds', 'maxseconds', 'timelimit'],
  effort: ['reasoningeffort', 'quality'],
  webhook: ['callback', 'callbackurl', 'webhookurl'],
  metadata: ['labels', 'tags'],
  validateOnly: ['validate', 'dryrun', 'estimate'],
  createdFrom: ['from', 'since', 'createdafter'],
  createdTo: ['to', 'until', 'createdbefore'],
  limit: ['pagesize', 'perpage'],
  cursor: ['next', 'pagetoken'],
  content: ['text', 'message', 'body', 'code', 'source', 'data', 'prompt'],
  role: ['author', 'sender', 'speaker', 'type'],
  name: ['path', 'filename', 'file', 'filepath'],
  url: ['uri', 'address', 'href', 'endpoint', 'target'],
  generator: ['coder', 'writer'],
  instructTuned: ['instruct', 'answer'],
  reviewer: ['judge', 'critic'],
};

/** Maximum length of a name that is compared with the fields. */
const MAX_CHARS = 40;

const plain = (name: string) => name.replace(/[_-]/g, '').toLowerCase();

/** The field of `known` that `name` probably means, or null: an alias, another spelling or up to three wrong letters. */
export function likelyField(name: string, known: readonly string[]): string | null {
  if (!/^[\w-]+$/.test(name) || name.length > MAX_CHARS) return null;
  const wanted = plain(name);
  const alias = known.find((field) => ALIASES[field]?.includes(wanted));
  if (alias !== undefined) return alias;
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
 * The first fault of an object, as a `detail` of at most 300 characters: `field: what is allowed`. An unknown field, at
 * any depth, comes first: it may be why another one is missing. Its likely name is added, or else all names.
 */
export function issueOf({ issues }: z.ZodError, known: readonly string[], schema?: z.ZodType): string {
  const unknown = issues.map(unknownField).find((one) => one !== null);
  if (unknown) return describeUnknown(unknown, known, schema).slice(0, 300);
  const [issue] = issues;
  const where = issue?.path.length ? `${issue.path.map(String).join('.')}: ` : '';
  return `${where}${issue?.message ?? 'not valid'}`.slice(0, 300);
}

interface UnknownField {
  readonly path: readonly PropertyKey[];
  readonly name: string;
}

function unknownField(issue: z.core.$ZodIssue): UnknownField | null {
  if (issue.code === 'unrecognized_keys') return { path: issue.path, name: issue.keys[0] ?? '' };
  if (issue.code !== 'invalid_union') return null;
  const inner = issue.errors
    .flat()
    .map(unknownField)
    .find((one) => one !== null);
  return inner ? { ...inner, path: [...issue.path, ...inner.path] } : null;
}

function describeUnknown({ path, name }: UnknownField, top: readonly string[], schema?: z.ZodType): string {
  const known = path.length === 0 ? top : schema === undefined ? [] : fieldsAt(schema, path);
  const likely = likelyField(name, known);
  const advice = likely === null ? `Use ${known.join(', ')}.` : `Did you mean ${likely}?`;
  const where = path.length === 0 ? '' : ` in ${path.map(String).join('.')}`;
  return `There is no field ${name.slice(0, MAX_CHARS)}${where}.${known.length === 0 ? '' : ` ${advice}`}`;
}

/** Names of the fields of the object at a path within a schema. Empty if there is none. */
function fieldsAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const [step, ...rest] = path;
  switch (def.type) {
    case 'optional':
    case 'nullable':
      return fieldsAt(def.innerType, path);
    case 'pipe':
      return fieldsAt(def.out, path);
    case 'union':
      return def.options.flatMap((option) => fieldsAt(option, path));
    case 'array':
      return step === undefined ? [] : fieldsAt(def.element, rest);
    case 'record':
      return step === undefined ? namesOf(def.keyType) : fieldsAt(def.valueType, rest);
    case 'object': {
      if (step === undefined) return Object.keys(def.shape);
      const field = def.shape[String(step)];
      return field === undefined ? [] : fieldsAt(field, rest);
    }
    default:
      return [];
  }
}

function namesOf(key: z.core.$ZodType): string[] {
  const { def } = (key as z.core.$ZodTypes)._zod;
  return def.type === 'enum' ? Object.values(def.entries).map(String) : [];
}
