import dgram from 'node:dgram';
import dns from 'node:dns';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { send } from './pipe.ts';
import { prepareLock } from './seccomp.ts';

/** The user `nobody`. A process that starts as root continues as this user. */
const NOBODY = 65_534;

const DENIED_METHODS = [
  'binding',
  '_linkedBinding',
  'dlopen',
  'kill',
  '_kill',
  '_debugProcess',
  '_debugEnd',
  'getBuiltinModule',
  'loadEnvFile',
  'setuid',
  'setgid',
  'seteuid',
  'setegid',
  'setgroups',
  'initgroups',
  'execve',
  'abort',
];

const denied = (what: string) => () => {
  throw new Error(`${what} is not available in the sandbox`);
};

/** Removes from this process what an interpreter needs none of: network, native code, signals, the environment. */
function removeGlobals() {
  net.Socket.prototype.connect = denied('the network');
  net.Server.prototype.listen = denied('the network');
  dgram.createSocket = denied('the network');
  const resolver = dns as unknown as Record<string, unknown>;
  for (const name of Object.keys(dns))
    if (/^(lookup|resolve|reverse)/.test(name)) resolver[name] = denied('DNS');
  for (const name of DENIED_METHODS) {
    if (!(name in process)) continue;
    Object.defineProperty(process, name, { value: denied(`process.${name}`), configurable: false });
  }
  const globals = globalThis as Record<string, unknown>;
  for (const name of ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'navigator'])
    delete globals[name];
  Object.defineProperty(process, 'env', { value: Object.create(null) });
}

function dropRoot() {
  if (process.getuid?.() !== 0) return;
  process.setgroups?.([]);
  process.setgid?.(NOBODY);
  process.setuid?.(NOBODY);
}

/**
 * Locks this process before it receives a foreign program, and reports that it is ready. After that it opens no file,
 * no connection and no process. Call it when everything is loaded.
 * @param dataMb memory that the process may still allocate
 */
export async function lockProcess(dataMb: number, { keepGlobals = false } = {}): Promise<void> {
  const lock = prepareLock();
  dropRoot();
  if (!keepGlobals) removeGlobals();
  // Node 24 finishes its own start in the first turns of the event loop.
  await delay(1);
  lock?.(dataMb);
  send({ ready: true, isolated: lock !== null });
}
