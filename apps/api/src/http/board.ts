import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { BoardQueues } from '@codegen/queue';
import { type RequestHandler, Router } from 'express';
import { notFound, ProblemError } from '../problem.ts';
import type { PublicUrl } from './public-url.ts';

export const BOARD_PATH = '/admin/queues';

/** Allows the board's own files and requests and inline styles, which it uses, and nothing else. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The link to a font of another host, which the page of the board contains. */
const OTHER_HOSTS = /<link\b[^>]*https?:\/\/[^>]*>/g;

class LocalAdapter extends ExpressAdapter {
  override setEntryRoute({ route, handler }: Parameters<ExpressAdapter['setEntryRoute']>[0]): this {
    this.app.get(route, (_request, response, next) => {
      const { name, params } = handler({ basePath: this.basePath, uiConfig: this.uiConfig });
      response.render(name, params, (error: Error | null, html: string) => {
        if (error) return next(error);
        response.type('html').send(html.replace(OTHER_HOSTS, ''));
      });
    });
    return this;
  }
}

/**
 * Bull Board, read-only: it shows flows and jobs. Its buttons would change jobs without the runs that they belong to; the
 * other endpoints under `/admin` change both. @param checks admit a request
 */
export function serveBoard(
  queues: BoardQueues['queues'],
  checks: readonly RequestHandler[],
  publicUrl: PublicUrl,
): Router {
  const adapter = new LocalAdapter().setBasePath(`${publicUrl?.path ?? ''}${BOARD_PATH}`);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Code generation' } },
  });
  const board = adapter.getRouter();
  board.disable('x-powered-by').disable('etag');
  return Router().use(BOARD_PATH, ...checks, readOnly, board, notFound);
}

const readOnly: RequestHandler = ({ method }, response, next) => {
  response.locals.route = BOARD_PATH;
  if (method !== 'GET' && method !== 'HEAD')
    throw new ProblemError('method-not-allowed', 'The dashboard is read-only.', { Allow: 'GET, HEAD' });
  response.set({ 'Content-Security-Policy': CONTENT_SECURITY_POLICY, 'Cache-Control': 'no-store' });
  next();
};
