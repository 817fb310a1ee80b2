import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { encodeFilter } from './filter.ts';
import { ARCHITECTURES } from './system-calls.ts';

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

    const filter = encodeFilter('interpreter', process.pid, architecture);
    const program = Buffer.alloc(16);
    program.writeUInt16LE(filter.length / 8, 0);
    program.writeBigUInt64LE(BigInt(koffi.address(filter)), 8);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) !== 0) throw new Error('prctl(PR_SET_NO_NEW_PRIVS) failed');
    const result = syscall(architecture.seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, program);
    if (Number(result) !== 0) throw new Error(`seccomp failed with ${result}`);
  };
}
