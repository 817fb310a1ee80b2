import { type Logger, pino } from 'pino';
import pinoPretty from 'pino-pretty';

/** The service's log on stderr: lines for a person at a terminal, JSON for anything else. */
export function createLog(level: string): Logger {
  const options = { level, base: null };
  if (!process.stderr.isTTY) return pino(options, pino.destination({ dest: 2, sync: true }));
  const pretty = pinoPretty({
    destination: 2,
    sync: true,
    translateTime: 'SYS:HH:MM:ss',
    singleLine: true,
    ignore: 'pid,hostname,req,res,responseTime',
    messageFormat: '{msg} {req.method} {req.path} {res.statusCode}',
  });
  return pino(options, pretty);
}
