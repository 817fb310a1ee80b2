import type { Express, Response } from 'express';
import helmet from 'helmet';

/**
 * Gives every response helmet's headers, which are the same for all, when it is written: not to each when its request
 * comes, for thousands may wait. A header that a route sets itself stays as it is.
 */
export function secureHeaders(app: Express): Express {
  const headers = new Map<string, string>();
  const collect = { setHeader: (name: string, value: string) => headers.set(name, value), removeHeader() {} };
  helmet()({} as never, collect as never, () => {});
  const { writeHead } = app.response;
  app.response.writeHead = function (this: Response, ...head: Parameters<Response['writeHead']>) {
    for (const [name, value] of headers) if (!this.hasHeader(name)) this.setHeader(name, value);
    return writeHead.apply(this, head);
  } as Response['writeHead'];
  return app;
}
