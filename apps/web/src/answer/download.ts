import { zipSync } from 'fflate';
import { archiveOf, safePath } from './archive.ts';
import type { ShownFile } from './files.ts';

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
