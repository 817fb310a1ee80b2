import { type Logger, pino } from 'pino';
import pinoPretty from 'pino-pretty';
import { escaped, withPrintableTexts } from './terminal.ts';

/** The service's log, on stderr by default: lines for a person at a terminal, JSON for anything else. */
export function createLog(
  level: string,
  out: { readonly fd: number; readonly isTTY?: boolean } = process.stderr,
): Logger {
  // Errors quote what others said, and the JSON that keeps it harmless is undone for a person.
  const options = { level, base: null, hooks: { streamWrite: out.isTTY ? withPrintableTexts : escaped } };
  if (!out.isTTY) return pino(options, pino.destination({ dest: out.fd, sync: true }));
  const pretty = pinoPretty({
    destination: out.fd,
    sync: true,
    translateTime: 'SYS:HH:MM:ss',
    singleLine: true,
    ignore: 'pid,hostname,req,res,responseTime',
    messageFormat: '{msg} {req.method} {req.path} {res.statusCode}',
  });
  return pino(options, pretty);
}
