import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { type ErrorRequestHandler, type RequestHandler, Router } from 'express';
import type { AppDeps } from '../http/route.ts';
import { readOnDisconnect } from '../http/waiting.ts';
import { checkOrigin, rejectCrossSite } from '../middleware/browser-security.ts';
import { authenticate, callerIn } from '../middleware/callers.ts';
import { jsonBody, limitBody } from '../middleware/requests.ts';
import { requestIdIn, requestTraceOf } from '../middleware/telemetry.ts';
import { createProblemReader, ProblemError, type ReadProblem } from '../problem.ts';
import { createToolServer } from './tools.ts';

/** `POST /mcp`: the Model Context Protocol over Streamable HTTP, without sessions. Each request gets a server of its own. */
export function mcpEndpoint(deps: AppDeps): Router {
  const { keyRing, log } = deps;
  const readProblem = createProblemReader(log);
  return Router()
    .all('/mcp', nameRoute, onlyPost)
    .post(
      '/mcp',
      limitBody(true),
      checkOrigin(deps),
      rejectCrossSite(deps, false),
      authenticate(keyRing),
      ...jsonBody(),
      serve(deps, readProblem),
    )
    .use('/mcp', sendJsonRpcError(readProblem));
}

/** For metrics and traces. */
const nameRoute: RequestHandler = (_request, response, next) => {
  response.locals.route = '/mcp';
  next();
};

/** Other methods are of sessions, which the client learns from the 405. */
const onlyPost: RequestHandler = ({ method }, _response, next) => {
  if (method === 'POST') return next();
  throw new ProblemError('method-not-allowed', `Use POST instead of ${method}.`, { Allow: 'POST' });
};

function serve(deps: AppDeps, readProblem: ReadProblem): RequestHandler {
  const { log } = deps;
  return async (request, response) => {
    const caller = callerIn(response);
    const origin = requestTraceOf(response);
    const { requestId } = origin;
    const requested = request.get('On-Disconnect') === undefined ? null : readOnDisconnect(request);
    const handler = createMcpHandler(
      // In the protocol of 2026, closing the response cancels the call. Before, clients reconnect.
      ({ era }) => {
        const onDisconnect = requested ?? (era === 'modern' ? 'cancel' : 'continue');
        return createToolServer({ ...deps, readProblem, caller, origin, onDisconnect });
      },
      { onerror: (error) => log.debug({ err: error }, 'MCP request rejected') },
    );
    const onerror = (error: Error) => log.error({ requestId, err: error }, 'unexpected error');
    response.set('Cache-Control', 'no-store');
    await toNodeHandler(handler, { onerror })(request, response, request.body);
  };
}

/** Codes of JSON-RPC 2.0. */
const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;

/** Answers a request that the protocol's library does not see. The problem is the `data` of the error. */
const sendJsonRpcError =
  (readProblem: ReadProblem): ErrorRequestHandler =>
  (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    const { problem, headers } = readProblem(error, requestIdIn(response));
    const code = problem.type === '/problems/malformed-json' ? PARSE_ERROR : INVALID_REQUEST;
    response
      .status(problem.status)
      .set({ ...headers, 'Cache-Control': 'no-store' })
      .json({ jsonrpc: '2.0', id: null, error: { code, message: problem.detail, data: problem } });
  };
