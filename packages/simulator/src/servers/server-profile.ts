/** A model as a server lists it. */
export interface ServerModel {
  readonly id: string;
  /** Tokens of prompt and answer together. */
  readonly context: number;
  /** Parts of a request that the model refuses. */
  readonly refuses?: readonly RefusedPart[];
}

export const REFUSED_PARTS = [
  'system',
  'stream',
  'stream_options',
  'max_tokens',
  'temperature',
  'response_format',
] as const;
export type RefusedPart = (typeof REFUSED_PARTS)[number];

/** What is wrong with a request. */
export type Mistake =
  | { readonly kind: 'no-key' }
  | { readonly kind: 'wrong-key' }
  | { readonly kind: 'model'; readonly model: string }
  | { readonly kind: 'path'; readonly method: string; readonly path: string }
  | { readonly kind: 'part'; readonly part: RefusedPart; readonly model: string }
  | { readonly kind: 'field'; readonly name: string };

/** The body is sent as JSON, or as plain text if it is a string. */
export interface ErrorReply {
  readonly status: number;
  readonly body: unknown;
}

/** How a kind of server differs from others: addresses, model list, keys and errors. */
export interface ServerProfile {
  /** Path prefixes of its API; the first one is the documented one. */
  readonly basePaths: readonly [string, ...string[]];
  /** `always`: any key if none is configured. `configured`: only if one is configured. `never`: ignored. */
  readonly keys: 'always' | 'configured' | 'never';
  /** Whether `GET /models` requires the key. */
  readonly listsOnlyWithKey: boolean;
  /** A header with the key instead of `Authorization`. */
  readonly keyHeader?: string;
  readonly models: readonly ServerModel[];
  /** The response to `GET /models`. */
  list(models: readonly ServerModel[]): unknown;
  /** Whether any model name gets an answer of the only model. */
  readonly anyModel?: boolean;
  /** Whether unknown fields of a request are refused. */
  readonly strictFields?: boolean;
  /** Whether a response has OpenRouter's fields, its comments, and usage that nobody asked for. */
  readonly openRouter?: boolean;
  /** Extra events before the first chunk and extra fields of the last one. */
  readonly firstEvent?: object;
  readonly lastFields?: object;
  error(mistake: Mistake): ErrorReply;
  /** Other endpoints, by method and path. */
  readonly pages?: Readonly<Record<string, unknown>>;
}

/** What OpenAI's API says of a part that a model refuses. */
export const openAiRefusal: Readonly<Record<RefusedPart, string>> = {
  system:
    "Unsupported value: 'messages[0].role' does not support 'system' with this model: System role not supported",
  stream: 'Your organization must be verified to stream this model.',
  stream_options: 'Unrecognized request argument supplied: stream_options',
  response_format:
    "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
  max_tokens:
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
  temperature:
    "Unsupported value: 'temperature' does not support this value with this model. Only the default (1) value is supported.",
};

/** The list of OpenAI's API. */
export const openAiList = (
  models: readonly ServerModel[],
  ownedBy: string,
  more: (model: ServerModel) => object = () => ({}),
) => ({
  object: 'list',
  data: models.map((model) => ({
    id: model.id,
    object: 'model',
    created: 1_767_225_600,
    owned_by: ownedBy,
    ...more(model),
  })),
});

/** Fields of a chat completion request that strict servers know. */
export const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'stop',
  'n',
  'seed',
  'user',
  'tools',
  'tool_choice',
  'response_format',
  'reasoning_effort',
  'frequency_penalty',
  'presence_penalty',
]);
