import { readFile } from 'node:fs/promises';
import type { Program } from '@codegen/testing/process';

/** Megabytes of memory that a process has in use, and seconds of CPU it has had. */
export async function usage({ child: { pid } }: Pick<Program, 'child'>) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const stat = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  const TICKS_A_SECOND = 100;
  return {
    megabytes: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024),
    seconds: (Number(stat[11]) + Number(stat[12])) / TICKS_A_SECOND,
  };
}
