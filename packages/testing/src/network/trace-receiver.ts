import { answers, type Scripted, type Step, startScripted } from './scripted-server.ts';

/** A received span. Times are ms since 1970. */
export interface ReceivedSpan {
  readonly service: string;
  readonly name: string;
  readonly trace: string;
  readonly id: string;
  /** '' for the first span of a trace. */
  readonly parent: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly isError: boolean;
}

/** A collector that receives OTLP over HTTP in JSON. */
export interface TraceReceiver extends AsyncDisposable {
  /** Base URL, for OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  /** The received requests as text. */
  bodies(): string;
  /** In the order of their starts. */
  spans(): ReceivedSpan[];
}

export async function startTraceReceiver(respond: Step = answers(200, {})): Promise<TraceReceiver> {
  const server: Scripted = await startScripted(respond);
  return {
    url: server.url,
    bodies: () => server.requests.map(({ body }) => body).join('\n'),
    spans: () =>
      server.requests
        .filter(({ path }) => path === '/v1/traces')
        .flatMap(({ body }) => spansIn(JSON.parse(body)))
        .toSorted((a, b) => a.startedAt - b.startedAt || b.endedAt - a.endedAt),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Batch {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status?: { readonly code?: number };
}

const ERROR = 2;

const spansIn = ({ resourceSpans }: Batch): ReceivedSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap(({ spans }) => spans)
      .map((span) => ({
        service: String(valuesOf(resource.attributes)['service.name']),
        name: span.name,
        trace: span.traceId,
        id: span.spanId,
        parent: span.parentSpanId ?? '',
        startedAt: Number(span.startTimeUnixNano) / 1e6,
        endedAt: Number(span.endTimeUnixNano) / 1e6,
        attributes: valuesOf(span.attributes),
        isError: span.status?.code === ERROR,
      })),
  );

const valuesOf = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

/** The spans of a trace as lines, each indented below its parent. Spans whose parents are missing begin a tree of their own. */
export function treeOf(spans: readonly ReceivedSpan[]): string[] {
  const ids = new Set(spans.map(({ id }) => id));
  const below = (parent: ReceivedSpan | null, depth: number): string[] =>
    spans
      .filter((span) => (parent === null ? !ids.has(span.parent) : span.parent === parent.id))
      .flatMap((span) => [`${'  '.repeat(depth)}${span.name}${errorOf(span)}`, ...below(span, depth + 1)]);
  return below(null, 0);
}

const errorOf = ({ isError, attributes }: ReceivedSpan) => (isError ? ` (${attributes['error.type']})` : '');
