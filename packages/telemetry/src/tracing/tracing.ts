import type { Call, ModelRequest, ModelResponse, StageRecord } from '@codegen/pipeline';
import type { FinishedRun, StageWorkerEvent } from '@codegen/queue';
import { type Attributes, SpanKind } from '@opentelemetry/api';
import { ATTRIBUTE, contentAttributes, OPERATION, UNNAMED_PROVIDER, WORKFLOW } from './names.ts';
import {
  createSpanWriter,
  formatTraceparent,
  type SpanWriterOptions,
  setError,
  spanIdOf,
  withSpanId,
} from './span-writer.ts';

/** Writes the trace of each run that an HTTP request with a recorded span has started. Nothing of it throws or waits. */
export interface Tracing {
  /** Starts the span of an HTTP request. @param traceparent the request's header */
  startRequest(request: { method: string; path: string }, traceparent: string | undefined): RequestSpan;
  /** Writes the span of a run. */
  onFinish(run: FinishedRun): void;
  /** Writes the spans of runs, stages and calls when they have ended. */
  onStageEvent(event: StageWorkerEvent): void;
  /** Headers for the model server, which continue the trace. */
  headersOf(request: ModelRequest): Record<string, string>;
  /** Sends what is left, for at most two seconds. */
  close(): Promise<void>;
}

export interface RequestSpan {
  /** To be stored with the run that the request starts. */
  readonly traceparent: string;
  end(response: EndedRequest): void;
}

interface EndedRequest {
  readonly requestId: string;
  /** Pattern of the path; null if no route matches. */
  readonly route: string | null;
  readonly status: number;
  /** Problem type; null without a problem. */
  readonly problem: string | null;
  /** The job that the request started or read; null without one. */
  readonly job: string | null;
}

export interface TracingOptions extends SpanWriterOptions {
  /** Whether prompts and answers are written. */
  readonly capturesContent: boolean;
}

interface TracedRun {
  readonly run: string;
  readonly traceparent: string;
}

const runSpan = (run: string) => spanIdOf(run);
const stageSpan = (run: string, stage: string) => spanIdOf(run, stage);
/** @param attempt 1 for the stage's first call */
const callSpan = (run: string, stage: string, attempt: number) => spanIdOf(run, stage, attempt);

export function createTracing({ capturesContent, ...options }: TracingOptions): Tracing {
  const spans = createSpanWriter(options);

  function onFinish({ id: run, traceparent, createdAt, finishedAt, outcome, ...facts }: FinishedRun) {
    if (traceparent === null) return;
    spans.write(traceparent, {
      name: `${OPERATION.workflow} ${WORKFLOW}`,
      id: runSpan(run),
      parent: null,
      startedAt: createdAt,
      endedAt: finishedAt,
      attributes: known({
        [ATTRIBUTE.operation]: OPERATION.workflow,
        [ATTRIBUTE.workflow]: WORKFLOW,
        [ATTRIBUTE.conversation]: facts.threadId,
        [ATTRIBUTE.job]: run,
        [ATTRIBUTE.jobStatus]: outcome.status,
        [ATTRIBUTE.requestId]: facts.requestId,
        [ATTRIBUTE.route]: facts.route,
        [ATTRIBUTE.cost]: facts.cost,
      }),
      error: outcome.status === 'failed' ? outcome.code : null,
    });
  }

  /** Writes the span of a stage, and those of its calls whose workers were lost: no worker has seen their ends. */
  function writeStage({ run, traceparent }: TracedRun, record: StageRecord) {
    const { stage, status, startedAt, calls, failure } = record;
    const endedAt = record.endedAt ?? startedAt;
    for (const [index, call] of calls.entries()) {
      if (call.durationMs !== null) continue;
      const lost = { ...call, durationMs: (calls[index + 1]?.startedAt ?? endedAt) - call.startedAt };
      writeCall({ run, traceparent, stage }, index + 1, lost);
    }
    spans.write(traceparent, {
      name: `stage ${stage}`,
      id: stageSpan(run, stage),
      parent: runSpan(run),
      startedAt,
      endedAt,
      attributes: { [ATTRIBUTE.job]: run, [ATTRIBUTE.stage]: stage, [ATTRIBUTE.stageStatus]: status },
      error: status === 'failed' ? (failure?.code ?? 'internal') : null,
    });
  }

  function writeCall(
    { run, traceparent, stage }: TracedRun & { readonly stage: string },
    attempt: number,
    call: Call,
    content: Attributes = {},
  ) {
    const { model, startedAt, durationMs, failure } = call;
    spans.write(traceparent, {
      name: `${OPERATION.chat} ${model}`,
      id: callSpan(run, stage, attempt),
      parent: stageSpan(run, stage),
      kind: SpanKind.CLIENT,
      startedAt,
      endedAt: startedAt + (durationMs ?? 0),
      attributes: known({
        [ATTRIBUTE.operation]: OPERATION.chat,
        [ATTRIBUTE.provider]: call.provider ?? UNNAMED_PROVIDER,
        [ATTRIBUTE.requestModel]: model,
        [ATTRIBUTE.responseModel]: call.servedModel,
        [ATTRIBUTE.responseId]: call.generationId,
        [ATTRIBUTE.inputTokens]: call.promptTokens,
        [ATTRIBUTE.outputTokens]: call.completionTokens,
        [ATTRIBUTE.cachedTokens]: call.cachedTokens,
        [ATTRIBUTE.reasoningTokens]: call.reasoningTokens,
        [ATTRIBUTE.cost]: call.cost,
        [ATTRIBUTE.simulated]: call.simulated || null,
        ...content,
      }),
      error: failure === null ? null : failure.code,
    });
  }

  const contentOf = (request: ModelRequest, response: ModelResponse | null) =>
    capturesContent
      ? contentAttributes(request.prompt.system, request.prompt.user, response?.text ?? null)
      : {};

  return {
    startRequest({ method, path }, traceparent) {
      const attributes = {
        [ATTRIBUTE.httpMethod]: method,
        [ATTRIBUTE.urlPath]: path,
        [ATTRIBUTE.urlScheme]: 'http',
      };
      const span = spans.start(method, SpanKind.SERVER, traceparent, attributes);
      return {
        traceparent: formatTraceparent(span.spanContext()),
        end({ requestId, route, status, problem, job }) {
          if (route !== null) span.updateName(`${method} ${route}`);
          span.setAttributes(
            known({
              [ATTRIBUTE.httpRoute]: route,
              [ATTRIBUTE.httpStatus]: status,
              [ATTRIBUTE.requestId]: requestId,
              [ATTRIBUTE.job]: job,
            }),
          );
          if (status >= 500) setError(span, problem ?? String(status));
          span.end();
        },
      };
    },
    onFinish,
    onStageEvent(event) {
      if (event.kind === 'finished') return onFinish(event);
      if (event.kind !== 'stage' && event.kind !== 'attempt') return;
      const { run, traceparent } = event;
      if (traceparent === null) return;
      if (event.kind === 'stage') return writeStage({ run, traceparent }, event.record);
      const { stage, call, exchange, isLockLost } = event;
      // The worker that has the lock reports the call as lost.
      if (call === null || exchange === null || isLockLost) return;
      const { request, response } = exchange;
      writeCall({ run, traceparent, stage }, request.attempt, call, contentOf(request, response));
    },
    headersOf({ run, stage, attempt, traceparent }) {
      const parent = traceparent && withSpanId(traceparent, callSpan(run, stage.name, attempt));
      return parent ? { traceparent: parent } : {};
    },
    close: spans.close,
  };
}

/** Without attributes that are not known. */
const known = (attributes: Readonly<Record<string, Attributes[string] | null>>): Attributes =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
