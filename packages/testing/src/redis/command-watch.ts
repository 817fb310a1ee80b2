import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A command that Redis executed. */
export interface Command {
  /** In lower case. */
  readonly name: string;
  /** `host:port` of the client; null for a command of a script. */
  readonly client: string | null;
  /** The command with each argument in quotes. */
  readonly text: string;
}

export interface CommandCount {
  /** Commands that clients sent. */
  readonly sent: number;
  /** Commands that clients sent, with each transaction counted as one. */
  readonly roundTrips: number;
  /** All commands, including those of scripts. */
  readonly executed: number;
  /** Number of commands that clients sent, by name. */
  readonly names: Readonly<Record<string, number>>;
}

/** Records every command that a Redis executes, with `MONITOR`. Slows Redis down. */
export interface CommandWatch extends AsyncDisposable {
  /** All commands since the start of the watch that were answered before this call. */
  commands(): Promise<readonly Command[]>;
}

/** @param address `redis://host:port` or `unix:///path`, without a password */
export async function watchCommands(address: string): Promise<CommandWatch> {
  const monitor = await open(address);
  const other = await open(address);
  const executed: Command[] = [];
  let rest = '';
  const marks = new Map<string, () => void>();
  monitor.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const command = parseCommand(line);
      const reached = command?.name === 'echo' ? marks.get(command.text.split('"')[3] ?? '') : undefined;
      if (reached) reached();
      else if (command) executed.push(command);
    }
  });
  const answered = once(monitor, 'data');
  monitor.write('MONITOR\r\n');
  await answered;
  other.resume();
  return {
    async commands() {
      const mark = randomUUID();
      const { promise, resolve } = Promise.withResolvers<void>();
      marks.set(mark, resolve);
      other.write(`ECHO ${mark}\r\n`);
      await promise;
      return [...executed];
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

/** Groups the commands of each transaction; every other command is a group of its own. */
function roundTripsOf(commands: readonly Command[]): Command[][] {
  const open = new Map<string | null, Command[]>();
  const roundTrips: Command[][] = [];
  for (const command of commands) {
    const { client, name } = command;
    const transaction = open.get(client);
    if (transaction) transaction.push(command);
    else roundTrips.push([command]);
    if (name === 'multi') open.set(client, roundTrips.at(-1) ?? []);
    if (name === 'exec' || name === 'discard') open.delete(client);
  }
  return roundTrips;
}

export function countCommands(commands: readonly Command[]): CommandCount {
  const sent = commands.filter(({ client }) => client !== null);
  const names: Record<string, number> = {};
  for (const { name } of sent) names[name] = (names[name] ?? 0) + 1;
  return { sent: sent.length, roundTrips: roundTripsOf(sent).length, executed: commands.length, names };
}

/** Commands with a text in their arguments or keys, such as the id of a run, and their transactions. */
export const commandsWith = (commands: readonly Command[], text: string): Command[] =>
  roundTripsOf(commands)
    .filter((roundTrip) => roundTrip.some((command) => command.text.includes(text)))
    .flat();
