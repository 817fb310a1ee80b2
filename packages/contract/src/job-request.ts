import { z } from 'zod';
import { type DeepReadonly, effortSchema, plainRecord, roleSchema } from './primitives.ts';

const messageSchema = z.strictObject({ role: z.enum(['user', 'assistant']), content: z.string().min(1) });
export type Message = DeepReadonly<z.output<typeof messageSchema>>;

const messagesSchema = z
  .array(messageSchema)
  .min(1)
  .refine((messages) => messages.at(-1)?.role === 'user', 'the last message must be the user’s')
  .max(200);

const modelIdsSchema = z
  .array(z.string().min(1).max(200))
  .min(1)
  .max(8)
  .refine((ids) => new Set(ids).size === ids.length, 'each model once');

/** The fields of a request that limit or direct a job. */
export const jobOptionFields = {
  /** The upper bound is half of the time for which an unfinished run is kept. */
  deadlineSeconds: z
    .int('a whole number of seconds')
    .min(1)
    .max(43_200)
    .optional()
    .describe('Seconds from acceptance until the job ends with the best code it has'),
  maxCostUsd: z.number().positive().max(1_000).optional().describe('US dollars for all model calls'),
  models: plainRecord(z.partialRecord(roleSchema, modelIdsSchema))
    .optional()
    .describe('By role, the main model and its fallbacks'),
  route: z
    .enum(['simple', 'complex'])
    .optional()
    .describe('The route to take; if omitted, a model classifies the request'),
  effort: effortSchema
    .optional()
    .describe(
      'What a complex request may take. `fast`: drafts are not improved, and one that passes every test case is not polished. `thorough`: twice as many test cases. If omitted, the default of the service',
    ),
};

/** Options of a job: deadline in seconds, budget in US dollars, models by role, route. */
export type JobOptions = DeepReadonly<z.output<z.ZodObject<typeof jobOptionFields>>>;

export const metadataNameSchema = z
  .string()
  .regex(/^(?!__proto__$)[\w.-]{1,64}$/, 'names of up to 64 letters, digits, "_", "." or "-"');

/** Well-formed, because a filter in a URL cannot express anything else. */
const metadataValueSchema = z
  .string()
  .max(512)
  .refine((text) => !/\p{Surrogate}/u.test(text), 'no halves of surrogate pairs');

export const previousJobIdSchema = z
  .uuid()
  .describe('A finished job to continue: its code and its conversation are the context of the request');

const fileSchema = z.strictObject({
  name: z.string().min(1).max(200).describe('Relative path with `/`'),
  content: z.string(),
});

/** A file that a request is about. */
export type RequestFile = DeepReadonly<z.output<typeof fileSchema>>;

/** Maximum number of files in a request. */
export const MAX_FILES = 100;

/** Labels of a job. */
export const metadataSchema = plainRecord(z.record(metadataNameSchema, metadataValueSchema)).refine(
  (entries) => Object.keys(entries).length <= 16,
  'at most 16 entries',
);

/** The body of `POST /jobs`. */
export const jobRequestSchema = z
  .strictObject({
    query: z.string().optional().describe('What code you want, in plain words'),
    messages: messagesSchema
      .optional()
      .describe('In place of `query`, a whole conversation whose last message is the user’s'),
    previousJobId: previousJobIdSchema.optional(),
    files: z
      .array(fileSchema)
      .max(MAX_FILES)
      .optional()
      .describe('The code that the request is about. With `previousJobId`, files that are added or replaced'),
    metadata: metadataSchema.optional().describe('Labels to find the job by, at most 16'),
    webhook: z
      .union([z.string(), z.strictObject({ url: z.string() })], { error: 'a URL, or an object with a url' })
      .optional()
      .describe(
        'An http or https address of at most 2048 characters. The service posts to it when the job finishes.',
      ),
    wait: z
      .int()
      .min(0)
      .max(3_600)
      .optional()
      .describe('Seconds to wait for the job to finish before answering, like `Prefer: wait`'),
    ...jobOptionFields,
  })
  .refine(({ query, messages }) => (query === undefined) !== (messages === undefined), {
    message: 'give either query or messages',
  })
  .meta({
    id: 'JobRequest',
    example: { query: 'Write a Go function that adds two numbers', metadata: { ticket: '17' } },
    override: { oneOf: [{ required: ['query'] }, { required: ['messages'] }] },
  });

type Fields = DeepReadonly<z.output<typeof jobRequestSchema>>;

/** A request for a job: a `query`, or the `messages` of a conversation, with options. */
export type JobRequest = Omit<Fields, 'query' | 'messages'> &
  (
    | { readonly query: string; readonly messages?: never }
    | { readonly messages: readonly Message[]; readonly query?: never }
  );

/** The body of `POST /jobs/{id}/rerun`. */
export const rerunRequestSchema = z
  .strictObject({
    from: z
      .string()
      .min(1)
      .max(100)
      .describe('The stage to start at; all stages that depend on it run again'),
    models: jobOptionFields.models,
  })
  .meta({ id: 'RerunRequest', example: { from: 'classify' } });

/** Which stage of a job to run again from, and with which models. */
export type RerunRequest = DeepReadonly<z.output<typeof rerunRequestSchema>>;

/** What happens to a job when its last client disconnects without having received the result. */
export const onDisconnectSchema = z.enum(['cancel', 'continue']);
export type OnDisconnect = z.output<typeof onDisconnectSchema>;
