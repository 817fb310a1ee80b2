import { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';

/** A log of level `trace` that appends each line to `lines`. */
export const captureLog = (lines: string[]): Logger =>
  pino(
    { level: 'trace' },
    new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    }),
  );
