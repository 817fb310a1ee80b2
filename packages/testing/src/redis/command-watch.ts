import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A command as Redis carried it out. */
export interface Command {
  /** In lower case. */
  readonly name: string;
  /** `host:port` of whoever sent it, or null if a script did. */
  readonly client: string | null;
  /** All of it, each argument in quotes. */
  readonly text: string;
}

export interface CommandCount {
  /** Commands that clients sent. */
  readonly sent: number;
  /** The same, with each transaction counted as one: it goes out and comes back at once. */
  readonly roundTrips: number;
  /** Those that scripts carried out included. */
  readonly executed: number;
  /** Of those sent, how many of each name. */
  readonly names: Readonly<Record<string, number>>;
}

/** Sees every command of a Redis as it is carried out. It costs Redis a good part of its speed. */
export interface CommandWatch extends AsyncDisposable {
  /** All commands since the watch began, up to those that were answered before this call. */
  seen(): Promise<readonly Command[]>;
}

/** @param address `redis://host:port` or `unix:///path`, without a password */
export async function watchCommands(address: string): Promise<CommandWatch> {
  const monitor = await open(address);
  const other = await open(address);
  const commands: Command[] = [];
  let rest = '';
  const marks = new Map<string, () => void>();
  monitor.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const command = parseCommand(line);
      const reached = command?.name === 'echo' ? marks.get(command.text.split('"')[3] ?? '') : undefined;
      if (reached) reached();
      else if (command) commands.push(command);
    }
  });
  const answered = once(monitor, 'data');
  monitor.write('MONITOR\r\n');
  await answered;
  other.resume();
  return {
    async seen() {
      const mark = randomUUID();
      const { promise, resolve } = Promise.withResolvers<void>();
      marks.set(mark, resolve);
      other.write(`ECHO ${mark}\r\n`);
      await promise;
      return [...commands];
    },
    async [Symbol.asyncDispose]() {
      monitor.destroy();
      other.destroy();
    },
  };
}

async function open(address: string): Promise<Socket> {
  const { protocol, hostname, port, pathname } = new URL(address);
  const socket = connect(
    protocol === 'unix:' ? { path: pathname } : { host: hostname, port: Number(port || 6379) },
  );
  await once(socket, 'connect');
  return socket;
}

const LINE = /^\+?\d+\.\d+ \[\d+ ([^\]]+)\] ("([^"]*)".*)$/;

function parseCommand(line: string): Command | null {
  const [, source, text = '', name = ''] = LINE.exec(line) ?? [];
  if (source === undefined) return null;
  return { name: name.toLowerCase(), client: source === 'lua' ? null : source, text };
}

/** A command by itself, or a transaction: what goes out and comes back at once. */
function exchangesOf(commands: readonly Command[]): Command[][] {
  const open = new Map<string | null, Command[]>();
  const exchanges: Command[][] = [];
  for (const command of commands) {
    const { client, name } = command;
    const transaction = open.get(client);
    if (transaction) transaction.push(command);
    else exchanges.push([command]);
    if (name === 'multi') open.set(client, exchanges.at(-1) ?? []);
    if (name === 'exec' || name === 'discard') open.delete(client);
  }
  return exchanges;
}

export function countCommands(commands: readonly Command[]): CommandCount {
  const sent = commands.filter(({ client }) => client !== null);
  const names: Record<string, number> = {};
  for (const { name } of sent) names[name] = (names[name] ?? 0) + 1;
  return { sent: sent.length, roundTrips: exchangesOf(sent).length, executed: commands.length, names };
}

/** Those that have a text among their arguments or keys, such as the id of a run, and the transactions around them. */
export const naming = (commands: readonly Command[], text: string): Command[] =>
  exchangesOf(commands)
    .filter((exchange) => exchange.some((command) => command.text.includes(text)))
    .flat();
