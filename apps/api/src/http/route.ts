import type { ProblemType } from '@codegen/contract';
import type { Effort, Graph } from '@codegen/pipeline';
import type { BoardQueues, Runs } from '@codegen/queue';
import type { Tracing } from '@codegen/telemetry';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { ApiMetrics } from '../metrics.ts';
import type { AccessRules } from '../middleware/browser-security.ts';
import type { ApiKey } from '../middleware/key-ring.ts';
import type { WebhookRules } from './job-options.ts';
import type { Page } from './page.ts';
import type { Shutdown } from './waiting.ts';

/** What the handlers need. `startApi` creates it. */
export interface AppDeps extends AccessRules {
  readonly runs: Runs;
  readonly graph: Graph;
  readonly log: Logger;
  /** Proxies whose `X-Forwarded-For` names the client: addresses, networks or names that Express knows. */
  readonly trustedProxies: readonly string[];
  /** Models that callers may choose. */
  readonly allowedModels: readonly string[];
  /** That of requests that name none. */
  readonly effort: Effort;
  readonly maxQueryChars: number;
  /** A sentence for everyone who opens the playground. */
  readonly notice: string | null;
  /** Maximum size of the files of a request, in bytes of UTF-8. */
  readonly maxFilesBytes: number;
  /** Maximum wait for a result, in seconds. */
  readonly syncWaitSeconds: number;
  /** Seconds that a finished job is kept. */
  readonly retentionSeconds: number;
  readonly webhooks: WebhookRules;
  /** Keys of operators. Without one, there is no administration. */
  readonly adminKeys: readonly ApiKey[];
  /** The queues that the dashboard shows; none without keys of operators. */
  readonly boardQueues: BoardQueues['queues'];
  /** Whether callers may read the prompts and raw answers of their jobs. */
  readonly showPrompts: boolean;
  /** Whether workers write stage logs. */
  readonly hasStageLogs: boolean;
  /** The playground; null if it has not been built. */
  readonly page: Page | null;
  readonly shutdown: Shutdown;
  /** Null if no metrics are served. */
  readonly metrics: ApiMetrics | null;
  /** Null if no traces are written. */
  readonly tracing: Tracing | null;
}

export interface HandlerDeps extends AppDeps {
  /** The OpenAPI document, in JSON. */
  readonly openApi: string;
}

export interface ResponseSpec {
  readonly description?: string;
  /** A required property is a header that is always sent. */
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Default: `application/json`, or `application/problem+json` for a problem. */
  readonly mediaType?: string | readonly string[];
  /** The `data` of server-sent events, if the response may be a stream instead. */
  readonly events?: z.ZodType;
}

type PathParameters<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? { [Key in Name]: string } & PathParameters<Rest>
  : Record<never, string>;

interface RouteDefinition<Path extends string> {
  /** The operation's id in OpenAPI. Do not change it: clients are generated from it. */
  readonly id: string;
  readonly method: 'get' | 'post' | 'delete';
  /** In OpenAPI's form, with parameters in braces. */
  readonly path: Path;
  readonly tag: 'Code' | 'Jobs' | 'Threads' | 'OpenAI' | 'Service' | 'Administration';
  readonly summary: string;
  readonly description?: string;
  /**
   * Serves anyone: the route checks neither API key nor origin, and `callerIn` throws in its handler. A route without
   * `open` may answer with `unauthorized`, `cross-site-request` and `queue-unavailable`, so its handler must use Redis, or be `offline`.
   * Set it on a route that reads no data of a caller.
   */
  readonly open?: true;
  /**
   * For operators: the route requires a key of `ADMIN_KEYS` and not that of a caller, and `callerIn` throws in its handler.
   * It may answer with `admin-not-configured`.
   */
  readonly admin?: true;
  /** Does not use Redis, although it requires a key: the route adds no `queue-unavailable`. */
  readonly offline?: true;
  /**
   * Starts a job: each request counts against the caller's rate limit, with any response. The route may answer with
   * `rate-limited`, its responses have `RateLimit` headers, and pages of other sites may not request it even as a GET.
   * Not together with `open`: the limit needs a caller.
   */
  readonly startsJob?: true;
  /**
   * A GET route with a response that may not end. HEAD gets a 405. Other GET routes answer HEAD too, with the headers of the
   * GET and no body, unless they start a job, whose result would be discarded.
   */
  readonly streams?: true;
  /** A GET route that answers requests for HTML with the playground, without key and queue. The page contains no data. */
  readonly page?: true;
  readonly parameters?: {
    readonly path?: z.ZodObject;
    readonly query?: z.ZodObject;
    readonly header?: z.ZodObject;
  };
  /** Schema of the JSON body, which `request.body` then contains, not validated. Without it, a body is ignored. */
  readonly body?: z.ZodType;
  /** By status. A status of problems only needs an entry for headers or a body of its own. */
  readonly responses: Readonly<Record<number, ResponseSpec>>;
  /** Problems in addition to those that `problemsOf` adds. */
  readonly problems: readonly ProblemType[];
  /** Called once per app. */
  readonly handler: (deps: HandlerDeps) => RequestHandler<PathParameters<Path>>;
}

/** An endpoint: its schemas, its OpenAPI metadata and its handler. `routes/index.ts` lists all. */
export interface Route extends Omit<RouteDefinition<string>, 'handler'> {
  readonly handler: (deps: HandlerDeps) => RequestHandler;
}

export const defineRoute = <const Path extends string>(route: RouteDefinition<Path>) =>
  route as unknown as Route;

/** The methods that a route answers. */
export const methodsOf = ({ method, startsJob, streams }: Route): string[] =>
  method === 'get' && !startsJob && !streams ? ['GET', 'HEAD'] : [method.toUpperCase()];

const COMMON_PROBLEMS: readonly ProblemType[] = [
  'malformed-request',
  'request-timeout',
  'body-too-large',
  'headers-too-large',
  'precondition-failed',
  'expectation-failed',
  'internal-error',
];

/** Every problem that a route can answer with. */
export function problemsOf({ path, open, admin, offline, startsJob, problems }: Route): ProblemType[] {
  const all = new Set([...problems, ...COMMON_PROBLEMS]);
  if (!open) all.add('unauthorized').add('cross-site-request');
  if (!open && !offline) all.add('queue-unavailable');
  if (admin) all.add('admin-not-configured');
  if (startsJob) all.add('rate-limited');
  if (path.includes('{')) all.add('invalid-encoding');
  return [...all];
}
