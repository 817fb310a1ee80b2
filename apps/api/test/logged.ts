import { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';

/** A log that tells all, a line after the other. */
export const logInto = (lines: string[]): Logger =>
  pino(
    { level: 'trace' },
    new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    }),
  );
