import express, { type Express, type RequestHandler, Router } from 'express';
import { serveBoard } from './http/board.ts';
import { servePage } from './http/page.ts';
import { removePublicPath } from './http/public-url.ts';
import { type AppDeps, methodsOf, type Route } from './http/route.ts';
import { mcpEndpoint } from './mcp/endpoint.ts';
import { requireAdmin } from './middleware/admins.ts';
import { allowOrigins, rejectCrossSite, secureHeaders } from './middleware/browser-security.ts';
import { authenticate, limitRate } from './middleware/callers.ts';
import { CHAT_VALUES, checkHeaders, jsonBody, limitBody, limitHeaderCount } from './middleware/requests.ts';
import { accessLog, identifyRequest, traceRequests } from './middleware/telemetry.ts';
import { openApiDocument } from './openapi.ts';
import { errorHandler, isOpenAiPath, notFound, ProblemError } from './problem.ts';
import { routes } from './routes/index.ts';

/** Creates the Express app. Opens no connection and listens on no port. */
export function createApp(deps: AppDeps): Express {
  return secureHeaders(express())
    .disable('x-powered-by')
    .disable('etag')
    .set('query parser', false)
    .set('trust proxy', [...deps.trustedProxies])
    .use(
      removePublicPath(deps.publicUrl, [...routes.map(({ path }) => path), '/mcp']),
      identifyRequest,
      accessLog(deps.log, deps.metrics),
      traceRequests(deps.tracing),
      allowOrigins(deps.corsOrigins),
      limitHeaderCount,
      checkHeaders,
    )
    .use(createRouter(deps), mcpEndpoint(deps))
    .use(serveBoard(deps.boardQueues, [limitBody(false), requireAdmin(deps.adminKeys, deps)], deps.publicUrl))
    .use(limitBody(false), ...accessChecks(deps, true), notFound)
    .use(errorHandler(deps.log));
}

/** Derives from `routes`: the Express routes, their middleware and the 405 responses. */
function createRouter(deps: AppDeps): Router {
  const router = Router();
  const handlerDeps = { ...deps, openApi: JSON.stringify(openApiDocument(deps.publicUrl)) };
  const rate = limitRate(deps.runs);
  for (const [path, atPath] of Map.groupBy(routes, ({ path }) => path)) {
    const atExpress = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1')).all(allowMethods(atPath));
    for (const route of atPath) {
      atExpress[route.method](
        limitBody(route.body !== undefined),
        ...(route.page ? [servePage(deps.page, deps.publicUrl)] : []),
        ...checksOf(route, deps),
        ...(route.startsJob ? [rate] : []),
        ...(route.body ? jsonBody(isOpenAiPath(path) ? CHAT_VALUES : undefined) : []),
        route.handler(handlerDeps),
      );
    }
  }
  return router;
}

/** Who may use a route. */
function checksOf({ open, admin, method, startsJob }: Route, deps: AppDeps): RequestHandler[] {
  if (open) return [];
  return admin ? [requireAdmin(deps.adminKeys, deps)] : accessChecks(deps, method === 'get' && !startsJob);
}

const accessChecks = (deps: AppDeps, isSafe: boolean) => [
  rejectCrossSite(deps, isSafe),
  authenticate(deps.keyRing),
];

/** In the order of `Allow`. */
const METHODS = ['GET', 'HEAD', 'POST', 'DELETE'];

/** Notes the pattern of the path, for metrics, and answers 405 with `Allow` for a method that no route at this path has. */
function allowMethods(atPath: readonly Route[]): RequestHandler {
  const methods = atPath.flatMap(methodsOf);
  const allowed = METHODS.filter((method) => methods.includes(method));
  const [{ path } = { path: 'none' }] = atPath;
  return ({ method }, response, next) => {
    response.locals.route = path;
    if (allowed.includes(method)) return next();
    const detail = `Use ${allowed.join(' or ')} instead of ${method}.`;
    throw new ProblemError('method-not-allowed', detail, { Allow: allowed.join(', ') });
  };
}
