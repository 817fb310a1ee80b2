import { createRequire } from 'node:module';

const PR_SET_DUMPABLE = 4;

/**
 * Hides the memory and the environment of this process from other processes of its user, such as the programs that it
 * runs. These can open no file of `/proc` anyway. Does nothing where koffi is not installed.
 */
export function protectMemory(): void {
  if (process.platform !== 'linux') return;
  let koffi: typeof import('koffi');
  try {
    koffi = createRequire(import.meta.url)('koffi');
  } catch {
    return;
  }
  const libc = koffi.load(null);
  const prctl = libc.func('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)');
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) !== 0) throw new Error('prctl(PR_SET_DUMPABLE) failed');
}
