import type { Graph } from '@codegen/pipeline';
import { QueueUnavailable, type Runs } from '@codegen/queue';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import { authenticate } from './authenticate.ts';
import { allowOrigins } from './cors.ts';
import { refuseForeignPages } from './foreign-pages.ts';
import { limitHeaders } from './header-limit.ts';
import { MAX_JOB_BYTES } from './json-body.ts';
import type { KeyRing } from './key-ring.ts';
import { describe, ProblemError, sendProblem } from './problem.ts';
import { limitRate } from './rate-limit.ts';
import { requestLog } from './request-log.ts';
import { aboutRoutes } from './routes/about.ts';
import { docsRoutes } from './routes/docs.ts';
import { eventRoutes } from './routes/events.ts';
import { type GenerateDeps, generateRoutes } from './routes/generate.ts';
import { healthRoutes } from './routes/health.ts';
import { type JobDeps, jobRoutes } from './routes/jobs.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { secureHeaders } from './security-headers.ts';

export interface AppDeps extends GenerateDeps, JobDeps {
  readonly runs: Runs;
  readonly graph: Graph;
  readonly log: Logger;
  readonly keyRing: Pick<KeyRing, 'current'>;
  /** Whether callers without keys may come from other machines. */
  readonly allowAnonymous: boolean;
  /** Origins whose pages may use the API. */
  readonly corsOrigins: readonly string[];
}

/** Most routes read no body; one beyond this many bytes, or of a length that is not told, is refused and not swallowed. */
const MAX_BODY_BYTES = 64 * 1024;

/** The API as a function of what it needs; opens nothing and listens on nothing. */
export function createApp(deps: AppDeps): Express {
  const { runs, keyRing, corsOrigins } = deps;
  const rate = limitRate(runs);
  return secureHeaders(express())
    .disable('x-powered-by')
    .disable('etag')
    .set('query parser', false)
    .use(requestLog(deps.log), allowOrigins(corsOrigins), limitHeaders, checkMethod, limitBody)
    .use(aboutRoutes(), docsRoutes(), healthRoutes(deps))
    .use(refuseForeignPages({ keyRing, anyHost: deps.allowAnonymous, origins: corsOrigins }))
    .use(authenticate(keyRing))
    .get('/generate', rate)
    .post('/jobs', rate)
    .use(generateRoutes(deps), jobRoutes(deps), eventRoutes(deps), webhookRoutes(deps))
    .use((request) => {
      throw new ProblemError(
        'unknown-path',
        `Nothing is at ${request.path.slice(0, 100)}. GET / tells what there is.`,
      );
    })
    .use(onError(deps.log));
}

/** Paths that take something else than GET. */
const METHODS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^\/(?:healthz|readyz)?$/, ['GET', 'HEAD']],
  [/^\/jobs\/?$/, ['GET', 'POST']],
  [/^\/jobs\/[^/]+\/?$/, ['GET', 'DELETE']],
  [/^\/jobs\/[^/]+\/(?:accept|cancel|webhook\/redeliver)\/?$/, ['POST']],
];

/** HEAD is mostly refused too: answered like a GET it would start a run that nobody reads. */
const checkMethod: RequestHandler = ({ method, path }, _response, next) => {
  const allowed = METHODS.find(([pattern]) => pattern.test(path))?.[1] ?? ['GET'];
  if (allowed.includes(method)) return next();
  const detail = `Use ${allowed.join(' or ')} instead of ${method}.`;
  throw new ProblemError('method-not-allowed', detail, { Allow: allowed.join(', ') });
};

const limitBody: RequestHandler = (request, _response, next) => {
  const isPost = request.method === 'POST';
  const most = isPost ? MAX_JOB_BYTES : MAX_BODY_BYTES;
  const bytes = request.get('Transfer-Encoding') ? Number.POSITIVE_INFINITY : request.get('Content-Length');
  if (Number(bytes ?? 0) <= most) return next();
  const detail = isPost
    ? `Send at most ${most} bytes, and say in Content-Length how many.`
    : 'Send no body: the request stands in the URL.';
  throw new ProblemError('body-too-large', detail, { Connection: 'close' });
};

const onError =
  (log: Logger): ErrorRequestHandler =>
  (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    if (error instanceof ProblemError) return sendProblem(response, error.problem, error.headers);
    if (error instanceof QueueUnavailable) {
      log.warn({ why: error.message, cause: String(error.cause ?? '') }, 'queue unavailable');
      return sendProblem(response, describe('queue-unavailable', 'Try again shortly.'), {
        'Retry-After': '2',
      });
    }
    if (error?.type === 'entity.parse.failed') {
      return sendProblem(response, describe('malformed-json', 'Send one JSON object.'));
    }
    if (error?.status === 413 || error?.status === 415) {
      const type = error.status === 413 ? 'body-too-large' : 'unsupported-media-type';
      return sendProblem(response, describe(type, 'Send a smaller body of plain JSON in UTF-8.'));
    }
    // Express refuses a path it cannot percent-decode.
    if (error instanceof URIError || error?.status === 400) {
      return sendProblem(response, describe('invalid-encoding', 'Percent-encode the path as UTF-8.'));
    }
    log.error({ err: error }, 'unexpected error');
    sendProblem(response, describe('internal-error', 'The error is in the service’s log.'));
  };
