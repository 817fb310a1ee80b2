import { type Logger, pino } from 'pino';
import pinoPretty from 'pino-pretty';
import { escapeJson, printable, type Terminal, withPrintableStrings } from './terminal.ts';

/** A log for a person who runs one command: each error once, as a sentence without the fields of the service's log. */
export function createSentenceLog({ printLine }: Pick<Terminal, 'printLine'>): Logger {
  const printed = new Set<string>();
  const write = (line: string) => {
    const { msg, err } = JSON.parse(line) as { msg?: string; err?: { message?: string } };
    const sentence = `! ${[msg, err?.message].filter(Boolean).join(': ')}`;
    if (!printed.has(sentence)) printLine(printable(sentence));
    printed.add(sentence);
  };
  return pino({ level: 'error', base: null }, { write });
}

/** The service's log, on stderr by default: lines for a person on a TTY, JSON otherwise. */
export function createLog(
  level: string,
  out: { readonly fd: number; readonly isTTY?: boolean } = process.stderr,
): Logger {
  // Error messages quote text from models. pino-pretty would undo the escapes of plain JSON.
  const options = {
    level,
    base: null,
    hooks: { streamWrite: out.isTTY ? withPrintableStrings : escapeJson },
  };
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
