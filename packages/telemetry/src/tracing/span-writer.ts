import { createHash } from 'node:crypto';
import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { type ExportResult, ExportResultCode, parseTraceParent } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type IdGenerator,
  RandomIdGenerator,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { ATTRIBUTE } from './names.ts';

/** A span that has ended. Times are ms since 1970. */
export interface EndedSpan {
  readonly name: string;
  readonly id: string;
  /** Null for the span of `traceparent`. */
  readonly parent: string | null;
  readonly kind?: SpanKind;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Attributes;
  /** `error.type`; null without an error. */
  readonly error: string | null;
}

export interface SpanWriter {
  /** Starts a span with a random id, in the trace of the header `traceparent` or in a new one. */
  start(name: string, kind: SpanKind, traceparent: string | undefined, attributes: Attributes): Span;
  /** Writes a span into the trace of `traceparent`, if that is sampled. */
  write(traceparent: string, span: EndedSpan): void;
  /** Sends what is left, for at most two seconds. */
  close(): Promise<void>;
}

/** Time in ms for the last batch. A collector that is down must not delay the end of a process. */
const CLOSE_TIMEOUT_MS = 2_000;

export interface SpanWriterOptions {
  /** `service.name` unless OTEL_SERVICE_NAME is set. */
  readonly service: string;
  /** Delay until a batch of spans is sent, in ms. A process that is killed loses the spans of this time. */
  readonly batchDelayMs: number;
  /** Called for each batch of spans that could not be sent. */
  readonly onError: (error: Error) => void;
}

/** Sends spans to a collector in the background. OpenTelemetry's SDK reads the address and other `OTEL_*` variables. */
export function createSpanWriter({ service, batchDelayMs, onError }: SpanWriterOptions): SpanWriter {
  const ids = new DerivedIds();
  const exporter = reportErrors(new OTLPTraceExporter(), onError);
  const provider = new BasicTracerProvider({
    idGenerator: ids,
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': service }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: batchDelayMs })],
  });
  const tracer: Tracer = provider.getTracer('codegen');
  return {
    start(name, kind, traceparent, attributes) {
      const parent = parseTraceParent(traceparent ?? '');
      const context = parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
      return tracer.startSpan(name, { kind, attributes }, context);
    },
    write(traceparent, { name, id, parent, kind = SpanKind.INTERNAL, startedAt, endedAt, ...span }) {
      const context = parseTraceParent(traceparent);
      if (context === null) return;
      ids.next = id;
      const started = tracer.startSpan(
        name,
        // Dates: the SDK takes a number before the start of the process for a time since that start.
        { kind, startTime: new Date(startedAt), attributes: span.attributes },
        trace.setSpanContext(ROOT_CONTEXT, { ...context, spanId: parent ?? context.spanId, isRemote: true }),
      );
      if (span.error !== null) setError(started, span.error);
      started.end(new Date(Math.max(startedAt, endedAt)));
    },
    async close() {
      const closed = provider.shutdown().catch(onError);
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
      await Promise.race([closed, promise]);
      clearTimeout(timer);
    },
  };
}

export function setError(span: Span, type: string) {
  span.setAttribute(ATTRIBUTE.errorType, type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** The header of a request that is made within a span. */
export const formatTraceparent = ({ traceId, spanId, traceFlags }: SpanContext) =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;

/** `traceparent` with another span of the same trace; null if it is malformed. */
export function withSpanId(traceparent: string, spanId: string): string | null {
  const context = parseTraceParent(traceparent);
  return context && formatTraceparent({ ...context, spanId });
}

/**
 * Id of a span that follows from what the span is about. Any worker can name it as a parent, also before it is written, and
 * a span that is written twice has one id.
 */
export const spanIdOf = (...parts: readonly (string | number)[]) =>
  createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);

/** Random ids, except that the next span gets the id `next`. The SDK asks for it when the span is started. */
class DerivedIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  next: string | null = null;

  generateTraceId = () => this.#random.generateTraceId();

  generateSpanId = () => {
    const id = this.next ?? this.#random.generateSpanId();
    this.next = null;
    return id;
  };
}

function reportErrors(exporter: SpanExporter, onError: (error: Error) => void): SpanExporter {
  return {
    export(spans: ReadableSpan[], done: (result: ExportResult) => void) {
      exporter.export(spans, (result) => {
        if (result.code === ExportResultCode.FAILED) onError(result.error ?? new Error('unknown error'));
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
