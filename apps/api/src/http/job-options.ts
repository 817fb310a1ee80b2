import { type JobOptions, jobOptionFields, previousJobIdSchema, type RequestFile } from '@codegen/contract';
import { ROLES, type SourceFile, safeFileName } from '@codegen/pipeline';
import type { RequestedOptions } from '@codegen/queue';
import { readTarget, TargetError } from '@codegen/webhook';
import type { z } from 'zod';
import { ProblemError } from '../problem.ts';
import { readOnce } from './query.ts';

/**
 * Checks the models and orders the fields: the hash of a request, which idempotency keys compare, depends on their order.
 * @throws ProblemError if a model is not allowed
 */
export function toRunOptions(options: JobOptions, allowedModels: readonly string[]): RequestedOptions {
  const chosen = ROLES.flatMap((role) => {
    const ids = options.models?.[role];
    return ids === undefined ? [] : [[role, ids] as const];
  });
  for (const [role, ids] of chosen) {
    const id = ids.find((id) => !allowedModels.includes(id));
    if (id !== undefined) throw modelNotAllowed(role, id, allowedModels);
  }
  return {
    ...(options.deadlineSeconds !== undefined && { deadlineSeconds: options.deadlineSeconds }),
    ...(options.maxCostUsd !== undefined && { maxCostUsd: options.maxCostUsd }),
    ...(chosen.length > 0 && { models: Object.fromEntries(chosen) }),
    ...(options.route !== undefined && { route: options.route }),
    ...(options.effort !== undefined && { effort: options.effort }),
  };
}

function modelNotAllowed(role: string, id: string, allowed: readonly string[]): ProblemError {
  const advice =
    allowed.length === 0
      ? 'This service allows no choice: leave models out.'
      : `Allowed are ${allowed.join(', ')}.`;
  return new ProblemError('model-not-allowed', `models.${role} names ${JSON.stringify(id)}. ${advice}`);
}

/** The options of a query string, which cannot name models. @throws ProblemError that names the parameter */
export function readJobOptions(parameters: URLSearchParams): RequestedOptions {
  const read = <T>(name: string, schema: z.ZodType<T>, shape: RegExp, allowed: string) => {
    const text = readOnce(parameters, name);
    if (text === null) return undefined;
    const value = schema.safeParse(shape.test(text) ? Number(text) : Number.NaN);
    if (value.success) return value.data;
    throw new ProblemError('invalid-parameter', `Set ${name} to ${allowed}.`);
  };
  const options = {
    deadlineSeconds: read(
      'deadlineSeconds',
      jobOptionFields.deadlineSeconds,
      /^\d{1,5}$/,
      'a whole number from 1 to 43200',
    ),
    maxCostUsd: read(
      'maxCostUsd',
      jobOptionFields.maxCostUsd,
      /^\d{1,4}(?:\.\d{1,20})?(?:e-\d{1,2})?$/,
      'a number of dollars above 0, up to 1000, such as 0.05',
    ),
    route: readChoice(parameters, 'route', jobOptionFields.route, 'simple or complex'),
    effort: readChoice(parameters, 'effort', jobOptionFields.effort, 'fast, balanced or thorough'),
  };
  return toRunOptions(options, []);
}

function readChoice<T>(parameters: URLSearchParams, name: string, schema: z.ZodType<T>, allowed: string): T {
  const choice = schema.safeParse(readOnce(parameters, name) ?? undefined);
  if (choice.success) return choice.data;
  throw new ProblemError('invalid-parameter', `Set ${name} to ${allowed}.`);
}

export interface WebhookRules {
  /** Whether the service has a secret to sign webhooks with. */
  readonly enabled: boolean;
  /** Whether webhooks may go to private and loopback addresses. */
  readonly allowPrivate: boolean;
}

/** Validates and normalizes a webhook URL. @throws ProblemError */
export function checkWebhook(url: string | null, rules: WebhookRules): string | null {
  if (url === null) return null;
  requireWebhooks(rules);
  try {
    return readTarget(url, rules.allowPrivate).href;
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    throw new ProblemError('invalid-webhook', `webhook: ${error.message}.`);
  }
}

/** @throws ProblemError if the service has no webhook secret */
export function requireWebhooks({ enabled }: WebhookRules) {
  if (enabled) return;
  const detail = 'Leave the webhook out, or set WEBHOOK_SECRETS on the service.';
  throw new ProblemError('webhooks-not-configured', detail);
}

/** What JSON, Redis and model servers cannot pass on unchanged. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches a control character
const NOT_STORABLE = /\u0000|\p{Surrogate}/u;

/** Checks the files that a request is about. @throws ProblemError that names the file */
export function checkFiles(files: readonly RequestFile[], maxBytes: number): readonly SourceFile[] {
  const names = new Set<string>();
  let bytes = 0;
  for (const [index, { name, content }] of files.entries()) {
    const refuse = (advice: string) => new ProblemError('invalid-file', `files.${index}: ${advice}`);
    if (safeFileName(name) !== name) {
      throw refuse(
        'Name it by a relative path such as src/app.py: parts separated by /, none of them . or .., ' +
          'without control characters and any of \\ < > : " | ? *.',
      );
    }
    // File systems compare names in one form of their characters.
    if (names.has(name.normalize())) throw refuse(`Give ${name} once.`);
    if (NOT_STORABLE.test(content))
      throw refuse(`Send ${name} as text: it has a NUL or half a surrogate pair.`);
    names.add(name.normalize());
    bytes += Buffer.byteLength(content);
  }
  if (bytes > maxBytes) {
    const detail = `All files together may have ${maxBytes} bytes of UTF-8; they have ${bytes}. Leave some out.`;
    throw new ProblemError('files-too-large', detail);
  }
  return files;
}

/** The parameter `previousJobId`, or null. @throws ProblemError */
export function readPreviousJobId(parameters: URLSearchParams): string | null {
  const id = readOnce(parameters, 'previousJobId');
  if (id === null) return null;
  if (previousJobIdSchema.safeParse(id).success) return id.toLowerCase();
  throw new ProblemError('invalid-parameter', 'Set previousJobId to the id of a job.');
}
