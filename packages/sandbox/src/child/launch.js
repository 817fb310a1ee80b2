import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';

// Locks this process and replaces it by a compiler or a compiled program. It is JavaScript, because loading the
// transformation of types would double the time of its start.

/** File descriptor of the job, and of the report `start`, or of the reason why there is none. */
const PARENT = 3;

const PR_SET_PDEATHSIG = 1;
const PR_SET_NO_NEW_PRIVS = 38;
const SIGKILL = 9;
const SIGPIPE = 13;
const F_SETFD = 2;
const O_PATH_CLOEXEC = 0o12000000;
const RLIMIT_DATA = 2;
const RLIMIT_AS = 9;
const SECCOMP_SET_MODE_FILTER = 1;
const NONE = 0n;

const CLOSE_RANGE = 436n;
const CLOSE_RANGE_CLOEXEC = 4n;
const LAST_FILE = 0xffffffffn;

// Landlock, with the same numbers on all architectures.
const CREATE_RULESET = 444n;
const ADD_RULE = 445n;
const RESTRICT_SELF = 446n;
const GET_VERSION = 1n;
const PATH_BENEATH = 1n;
const NETWORK_SINCE = 4;
const SCOPES_SINCE = 6;
/** Number of rights to files that each version of Landlock knows: those of version 1, then refer, truncate, ioctl. */
const FILE_RIGHTS = [13n, 14n, 15n, 15n, 16n];

const koffi = createRequire(import.meta.url)('koffi');
const libc = koffi.load(null);
const prctl = libc.func('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)');
const syscall = libc.func('long syscall(long, long, long, long, long)');
const setrlimit = libc.func('int setrlimit(int, void *)');
const open = libc.func('int open(const char *, int, int)');
const fcntl = libc.func('int fcntl(int, int, int)');
const signal = libc.func('void *signal(int, intptr_t)');
const execve = libc.func('int execve(const char *, const char **, const char **)');

const addressOf = (buffer) => BigInt(koffi.address(buffer));

function check(what, result) {
  if (Number(result) < 0) throw new Error(`${what} failed with errno ${koffi.errno()}`);
  return BigInt(result);
}

const numbers = (...values) => {
  const buffer = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) buffer.writeBigUInt64LE(BigInt(value), index * 8);
  return buffer;
};

/** Denies all files but those of `rules`, connections, and signals to other processes, as far as the kernel can. */
function restrictFiles(rules) {
  const version = Number(check('Landlock', syscall(CREATE_RULESET, NONE, NONE, GET_VERSION, NONE)));
  const known = (1n << FILE_RIGHTS[Math.min(version, FILE_RIGHTS.length) - 1]) - 1n;
  const attributes = [known];
  if (version >= NETWORK_SINCE) attributes.push(3n);
  if (version >= SCOPES_SINCE) attributes.push(3n);
  const handled = numbers(...attributes);
  const size = BigInt(handled.length);
  const ruleset = check('landlock', syscall(CREATE_RULESET, addressOf(handled), size, NONE, NONE));
  for (const { path, rights } of rules) {
    const rule = Buffer.alloc(12);
    rule.writeBigUInt64LE(BigInt(rights) & known, 0);
    rule.writeInt32LE(Number(check(path, open(path, O_PATH_CLOEXEC, 0))), 8);
    check('landlock', syscall(ADD_RULE, ruleset, PATH_BENEATH, addressOf(rule), NONE));
  }
  check('landlock', syscall(RESTRICT_SELF, ruleset, NONE, NONE, NONE));
}

function start({ command, environment, folder, user, limits, rules, seccomp, filter }) {
  try {
    // The kernel ends this process first if the machine has no more memory.
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // It has a limit of its own.
  }
  process.chdir(folder);
  if (user !== null) {
    process.setgroups([]);
    process.setgid(user);
    process.setuid(user);
  }
  process.umask(0o077);
  // Node has marked all of them as closed on execution.
  for (const file of [0, 1, 2]) check('fcntl', fcntl(file, F_SETFD, 0));
  // The rest, which the parent may itself have inherited, too.
  check('close_range', syscall(CLOSE_RANGE, BigInt(PARENT), LAST_FILE, CLOSE_RANGE_CLOEXEC, NONE));
  // Node ignores this signal, and a program would inherit that.
  signal(SIGPIPE, 0);
  const bytes = Buffer.from(filter, 'base64');
  const program = numbers(bytes.length / 8, addressOf(bytes));
  check('prctl', prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
  check('prctl', prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  // On top of what Node uses itself until it is replaced: it would abort without memory.
  const status = readFileSync('/proc/self/status', 'utf8');
  const used = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) * 1_024;
  const inUse = { [RLIMIT_DATA]: used('VmData'), [RLIMIT_AS]: used('VmSize') };
  // Landlock permits no file of /proc any more.
  restrictFiles(rules);
  writeSync(PARENT, 'start');
  for (const [resource, limit] of limits) {
    const total = limit + (inUse[resource] ?? 0);
    check('setrlimit', setrlimit(resource, numbers(total, total)));
  }
  check('seccomp', syscall(BigInt(seccomp), BigInt(SECCOMP_SET_MODE_FILTER), NONE, addressOf(program), NONE));
  check(command[0], execve(command[0], [...command, null], [...environment, null]));
}

try {
  start(JSON.parse(readFileSync(PARENT, 'utf8')));
} catch (error) {
  writeSync(PARENT, String(error));
  process.exit(1);
}
