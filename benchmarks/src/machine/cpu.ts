import { readdirSync, readFileSync } from 'node:fs';

const TICK_MS = 10;

/** Milliseconds of CPU, user and system, a process and its descendants have had, those that have ended included. */
export function cpuMs(pid: number): number {
  const children = childrenOf();
  const total = (of: number): number => {
    const [, utime = 0, stime = 0, cutime = 0, cstime = 0] = statOf(of) ?? [];
    return (
      utime + stime + cutime + cstime + (children.get(of) ?? []).reduce((sum, child) => sum + total(child), 0)
    );
  };
  return total(pid) * TICK_MS;
}

/** Parent, then user and system ticks of its own and of children it has waited for. */
function statOf(pid: number): number[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [fields[1], fields[11], fields[12], fields[13], fields[14]].map(Number);
  } catch {
    return null;
  }
}

function childrenOf(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const [parent] = Number.isInteger(pid) ? (statOf(pid) ?? []) : [];
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  return children;
}
