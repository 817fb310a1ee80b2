/**
 * Names of spans and attributes. Those of `gen_ai` follow OpenTelemetry's conventions for generative AI, release 0.1.0,
 * which are in development: a change of them is a change of this file.
 */
export const OPERATION = { workflow: 'invoke_workflow', chat: 'chat' } as const;

/** The workflow that every run invokes. */
export const WORKFLOW = 'generate';

export const ATTRIBUTE = {
  errorType: 'error.type',
  httpMethod: 'http.request.method',
  httpRoute: 'http.route',
  httpStatus: 'http.response.status_code',
  urlPath: 'url.path',
  urlScheme: 'url.scheme',
  operation: 'gen_ai.operation.name',
  workflow: 'gen_ai.agent.name',
  conversation: 'gen_ai.conversation.id',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  responseModel: 'gen_ai.response.model',
  responseId: 'gen_ai.response.id',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cachedTokens: 'gen_ai.usage.cache_read.input_tokens',
  reasoningTokens: 'gen_ai.usage.reasoning.output_tokens',
  systemInstructions: 'gen_ai.system_instructions',
  inputMessages: 'gen_ai.input.messages',
  outputMessages: 'gen_ai.output.messages',
  /** US dollars. No convention has it; Langfuse and others read this name. */
  cost: 'gen_ai.usage.cost',
  job: 'codegen.job.id',
  jobStatus: 'codegen.job.status',
  requestId: 'codegen.request.id',
  route: 'codegen.route',
  stage: 'codegen.stage.name',
  stageStatus: 'codegen.stage.status',
  simulated: 'codegen.simulated',
} as const;

/** `gen_ai.provider.name` of a server that does not name the provider of a model: the form of its API. */
export const UNNAMED_PROVIDER = 'openai';

const text = (content: string) => ({ type: 'text', content });

/** Prompt and answer of a call in the JSON form of the conventions. */
export const contentAttributes = (system: string, user: string, answer: string | null) => ({
  [ATTRIBUTE.systemInstructions]: JSON.stringify([text(system)]),
  [ATTRIBUTE.inputMessages]: JSON.stringify([{ role: 'user', parts: [text(user)] }]),
  ...(answer !== null && {
    [ATTRIBUTE.outputMessages]: JSON.stringify([
      { role: 'assistant', parts: [text(answer)], finish_reason: 'stop' },
    ]),
  }),
});
