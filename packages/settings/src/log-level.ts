import { z } from 'zod';

/** How much a process tells on stdout. */
export const logLevel = z
  .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    error: 'fatal, error, warn, info, debug, trace or silent',
  })
  .default('info')
  .describe(
    'How much the service’s own log says: `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`',
  );
