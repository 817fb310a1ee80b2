import type { Express, Response } from 'express';
import helmet from 'helmet';

/**
 * Adds helmet's headers, which are the same for every response, when a response is written. Setting them when the request
 * arrives would cost memory for each of thousands of waiting requests. A header that a route sets itself is kept.
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
