import { strToU8, zipSync } from 'fflate';
import type { ShownFile } from './files.ts';

/** A path inside an archive: relative, without `..`, with names that every system accepts. */
export const safePath = (name: string): string => {
  const parts = name.split(/[\\/]+/).map((part) => part.replace(/[^\p{L}\p{N}._ @+()-]/gu, '_').trim());
  return parts.filter((part) => part !== '' && !/^\.+$/.test(part)).join('/') || 'file';
};

/** The files by path. A second file of the same path gets a number. */
export function archiveOf(files: readonly ShownFile[]): Record<string, Uint8Array> {
  const entries: Record<string, Uint8Array> = Object.create(null);
  for (const { name, content } of files) {
    const path = safePath(name);
    let free = path;
    for (let n = 2; free in entries; n++) free = path.replace(/(\.[^./]*)?$/, `-${n}$1`);
    entries[free] = strToU8(content);
  }
  return entries;
}

function save(name: string, bytes: BlobPart, type: string) {
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export const downloadFile = ({ name, content }: ShownFile) =>
  save(safePath(name).split('/').at(-1) ?? 'file', content, 'text/plain');

export const downloadArchive = (files: readonly ShownFile[], name: string) =>
  save(`${name}.zip`, zipSync({ ...archiveOf(files) }) as Uint8Array<ArrayBuffer>, 'application/zip');
