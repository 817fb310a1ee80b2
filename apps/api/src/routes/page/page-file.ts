import { z } from 'zod';
import { sendFile } from '../../http/page.ts';
import { defineRoute } from '../../http/route.ts';
import { ProblemError } from '../../problem.ts';

/** Seconds that browsers may keep a file: its name changes with its content. */
const MAX_AGE = 31_536_000;

export const pageFile = defineRoute({
  id: 'pageFile',
  method: 'get',
  path: '/assets/{file}',
  tag: 'Service',
  summary: 'Scripts and style sheets of the page',
  open: true,
  parameters: { path: z.object({ file: z.string() }) },
  responses: {
    200: {
      description: 'A script, a style sheet or an image',
      body: z.string(),
      mediaType: ['text/css', 'text/javascript', 'image/svg+xml'],
    },
  },
  problems: ['unknown-path'],
  handler:
    ({ page }) =>
    (request, response) => {
      const file = page?.assets.get(request.params.file);
      if (file === undefined) throw new ProblemError('unknown-path', 'Start at /.');
      sendFile(request, response.set('Cache-Control', `public, max-age=${MAX_AGE}, immutable`), file);
    },
});
