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
