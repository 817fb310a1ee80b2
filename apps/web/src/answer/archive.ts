import { strToU8 } from 'fflate';
import type { ShownFile } from './files.ts';

/** What some system rejects in a name. Others, such as `[id].tsx` and `$id.tsx`, are how frameworks name pages. */
const REJECTED = /[\p{C}\p{Zl}\p{Zp}<>:"|?*]/gu;

/** A path inside an archive: relative, without `..`, with names that every system accepts. */
export const safePath = (name: string): string => {
  const parts = name.split(/[\\/]+/).map((part) => part.replace(REJECTED, '_').trim());
  return parts.filter((part) => part !== '' && !/^\.+$/.test(part)).join('/') || 'file';
};

/** The files by path. A second file of the same path, without regard to case and the form of characters, gets a number. */
export function archiveOf(files: readonly ShownFile[]): Record<string, Uint8Array> {
  const entries: Record<string, Uint8Array> = Object.create(null);
  const taken = new Set<string>();
  const formOf = (path: string) => path.normalize().toLowerCase();
  for (const { name, content } of files) {
    const path = safePath(name);
    let free = path;
    for (let n = 2; taken.has(formOf(free)); n++) free = path.replace(/(\.[^./]*)?$/, `-${n}$1`);
    taken.add(formOf(free));
    entries[free] = strToU8(content);
  }
  return entries;
}
