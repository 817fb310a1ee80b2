import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '@codegen/testing/process/program';

const [, rights = ''] =
  /^ACL SETUSER codegen on >password ~\{codegen\}:\* &\{codegen\}:\* (.+)$/m.exec(
    readFileSync(join(ROOT, 'docs/operations.md'), 'utf8'),
  ) ?? [];

/** The commands of Redis that the service needs, as docs/operations.md lists them. */
export const REDIS_RIGHTS = rights.split(' ');

/** The arguments of `redis-server` for this user and no other. */
export const userArguments = (password: string, namespace: string) => [
  ...['--user', 'default', 'off', '~*', '&*', '+@all', '--user', 'codegen', 'on', `>${password}`],
  ...[`~{${namespace}}:*`, `&{${namespace}}:*`, ...REDIS_RIGHTS],
];

const [, sandboxRights = ''] =
  /^ACL SETUSER sandbox on >password resetchannels ~\{codegen\}:sandbox:\* (.+)$/m.exec(
    readFileSync(join(ROOT, 'docs/sandbox.md'), 'utf8'),
  ) ?? [];

/** The arguments of `redis-server` for the user of the sandbox service, as docs/sandbox.md lists its rights. */
export const sandboxUserArguments = (password: string, namespace: string) => [
  ...['--user', 'sandbox', 'on', `>${password}`, 'resetchannels', `~{${namespace}}:sandbox:*`],
  ...sandboxRights.split(' '),
];
