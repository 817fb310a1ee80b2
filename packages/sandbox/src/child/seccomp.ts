import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Numbers of the permitted system calls. None opens a file, a socket or a process. */
const X64 = {
  read: 0,
  write: 1,
  close: 3,
  fstat: 5,
  poll: 7,
  lseek: 8,
  mmap: 9,
  mprotect: 10,
  munmap: 11,
  brk: 12,
  rt_sigaction: 13,
  rt_sigprocmask: 14,
  rt_sigreturn: 15,
  readv: 19,
  writev: 20,
  sched_yield: 24,
  mremap: 25,
  mincore: 27,
  madvise: 28,
  nanosleep: 35,
  getpid: 39,
  exit: 60,
  uname: 63,
  gettimeofday: 96,
  getrusage: 98,
  sysinfo: 99,
  times: 100,
  getuid: 102,
  getgid: 104,
  geteuid: 107,
  getegid: 108,
  sigaltstack: 131,
  sched_getparam: 143,
  sched_getscheduler: 145,
  gettid: 186,
  futex: 202,
  sched_getaffinity: 204,
  restart_syscall: 219,
  clock_gettime: 228,
  clock_getres: 229,
  clock_nanosleep: 230,
  exit_group: 231,
  epoll_wait: 232,
  epoll_ctl: 233,
  ppoll: 271,
  set_robust_list: 273,
  epoll_pwait: 281,
  eventfd2: 290,
  getcpu: 309,
  getrandom: 318,
  membarrier: 324,
  pkey_mprotect: 329,
  pkey_alloc: 330,
  rseq: 334,
  epoll_pwait2: 441,
};

const ARM64 = {
  eventfd2: 19,
  epoll_ctl: 21,
  epoll_pwait: 22,
  close: 57,
  lseek: 62,
  read: 63,
  write: 64,
  readv: 65,
  writev: 66,
  ppoll: 73,
  fstat: 80,
  exit: 93,
  exit_group: 94,
  futex: 98,
  set_robust_list: 99,
  nanosleep: 101,
  clock_gettime: 113,
  clock_getres: 114,
  clock_nanosleep: 115,
  sched_getaffinity: 123,
  sched_yield: 124,
  restart_syscall: 128,
  sigaltstack: 132,
  rt_sigaction: 134,
  rt_sigprocmask: 135,
  rt_sigreturn: 139,
  times: 153,
  uname: 160,
  getrusage: 165,
  getcpu: 168,
  gettimeofday: 169,
  getpid: 172,
  getuid: 174,
  geteuid: 175,
  getgid: 176,
  getegid: 177,
  gettid: 178,
  sysinfo: 179,
  brk: 214,
  munmap: 215,
  mremap: 216,
  mmap: 222,
  mprotect: 226,
  mincore: 232,
  madvise: 233,
  getrandom: 278,
  membarrier: 283,
  pkey_mprotect: 288,
  pkey_alloc: 289,
  rseq: 293,
  epoll_pwait2: 441,
};

/** `audit` is the kernel's name of the architecture; the others are system calls whose arguments are checked. */
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, Architecture>> = {
  x64: { audit: 0xc000003e, allowed: X64, seccomp: 317, clone: 56, tgkill: 234, fcntl: 72, ioctl: 16 },
  arm64: { audit: 0xc00000b7, allowed: ARM64, seccomp: 277, clone: 220, tgkill: 131, fcntl: 25, ioctl: 29 },
};

interface Architecture {
  readonly audit: number;
  readonly allowed: Readonly<Record<string, number>>;
  readonly seccomp: number;
  readonly clone: number;
  readonly tgkill: number;
  readonly fcntl: number;
  readonly ioctl: number;
}

// Instructions of classic BPF, and results of a filter.
const LOAD = 0x20;
const IF_EQUAL = 0x15;
const IF_AT_LEAST = 0x35;
const IF_ANY_BIT = 0x45;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const fail = (errno: number) => 0x00050000 | errno;
const EPERM = fail(1);
const ENOTTY = fail(25);
const ENOSYS = fail(38);

const CLONE3 = 435;
const FIRST_X32_CALL = 0x40000000;
const CLONE_THREAD = 0x10000;
const FIONBIO = 0x5421;
const FIOCLEX = 0x5451;
/** `fcntl` commands up to F_SETFL. The ones above set owners and signals. */
const F_AFTER_SETFL = 5;

/** An instruction: code, value, and how many instructions to skip if the condition holds or not. */
type Instruction = readonly [code: number, value: number, ifTrue?: number, ifFalse?: number];

/** The filter: an allow-list. Everything else fails with EPERM. */
function instructionsFor({ audit, allowed, ...calls }: Architecture): readonly Instruction[] {
  const architecture: Instruction[] = [
    [LOAD, 4],
    [IF_EQUAL, audit, 1, 0],
    [RETURN, KILL],
    [LOAD, 0],
    [IF_AT_LEAST, FIRST_X32_CALL, 0, 1],
    [RETURN, KILL],
  ];
  /** The instructions for one system call. They end with a RETURN. */
  const on = (call: number, body: readonly Instruction[]): Instruction[] => [
    [IF_EQUAL, call, 0, body.length],
    ...body,
  ];
  const firstArgument: Instruction = [LOAD, 16];
  const secondArgument: Instruction = [LOAD, 24];
  return [
    ...architecture,
    ...Object.values(allowed).flatMap((call) => on(call, [[RETURN, ALLOW]])),
    // abort() signals a thread of its own process.
    ...on(calls.tgkill, [firstArgument, [IF_EQUAL, process.pid, 0, 1], [RETURN, ALLOW], [RETURN, EPERM]]),
    ...on(calls.fcntl, [
      secondArgument,
      [IF_AT_LEAST, F_AFTER_SETFL, 0, 1],
      [RETURN, EPERM],
      [RETURN, ALLOW],
    ]),
    ...on(calls.ioctl, [
      secondArgument,
      [IF_EQUAL, FIONBIO, 1, 0],
      [IF_EQUAL, FIOCLEX, 0, 1],
      [RETURN, ALLOW],
      [RETURN, ENOTTY],
    ]),
    // Without clone3, the C library uses clone, whose flags are visible to the filter: threads, no processes.
    ...on(CLONE3, [[RETURN, ENOSYS]]),
    ...on(calls.clone, [firstArgument, [IF_ANY_BIT, CLONE_THREAD, 0, 1], [RETURN, ALLOW], [RETURN, EPERM]]),
    [RETURN, EPERM],
  ];
}

const PR_SET_PDEATHSIG = 1;
const PR_SET_NO_NEW_PRIVS = 38;
const SIGKILL = 9;
const RLIMIT_DATA = 2;
const SECCOMP_SET_MODE_FILTER = 1;
/** Applies the filter to all threads of the process. */
const SECCOMP_FILTER_FLAG_TSYNC = 1;

/**
 * Loads what `lock` needs. Null where the kernel's filter cannot be had: another system than Linux, another architecture,
 * or koffi is not installed.
 * @returns limits this process, for good, to `dataMb` more megabytes and to system calls on what is open
 */
export function prepareLock(): ((dataMb: number) => void) | null {
  const architecture = process.platform === 'linux' ? ARCHITECTURES[process.arch] : undefined;
  if (architecture === undefined) return null;
  let koffi: typeof import('koffi');
  try {
    koffi = createRequire(import.meta.url)('koffi');
  } catch {
    return null;
  }
  const libc = koffi.load(null);
  const prctl = libc.func('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)');
  const syscall = libc.func('long syscall(long, long, long, void *)');
  const setrlimit = libc.func('int setrlimit(int, void *)');

  return (dataMb) => {
    const used = Number(/VmData:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1_024;
    const limit = Buffer.alloc(16);
    limit.writeBigUInt64LE(BigInt(used + dataMb * 2 ** 20), 0);
    limit.copy(limit, 8, 0, 8);
    if (setrlimit(RLIMIT_DATA, limit) !== 0) throw new Error('setrlimit failed');
    // The process ends with its parent.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) !== 0) throw new Error('prctl(PR_SET_PDEATHSIG) failed');

    const instructions = instructionsFor(architecture);
    const filter = Buffer.alloc(instructions.length * 8);
    for (const [index, [code, value, ifTrue = 0, ifFalse = 0]] of instructions.entries()) {
      filter.writeUInt16LE(code, index * 8);
      filter[index * 8 + 2] = ifTrue;
      filter[index * 8 + 3] = ifFalse;
      filter.writeUInt32LE(value >>> 0, index * 8 + 4);
    }
    const program = Buffer.alloc(16);
    program.writeUInt16LE(instructions.length, 0);
    program.writeBigUInt64LE(BigInt(koffi.address(filter)), 8);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) !== 0) throw new Error('prctl(PR_SET_NO_NEW_PRIVS) failed');
    const result = syscall(architecture.seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, program);
    if (Number(result) !== 0) throw new Error(`seccomp failed with ${result}`);
  };
}
