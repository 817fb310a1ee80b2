import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a worker keeps its stage logs: a link, so that something else can take the folder's place in one step. */
export interface StageLogs {
  /** For LOG_DIR. */
  readonly dir: string;
  /** Puts something else in the folder's place, made by `make` at the path it is given; returns the way back. */
  replace(make: (path: string) => Promise<void>): Promise<() => Promise<void>>;
}

export async function openStageLogs(parent: string, name: string): Promise<StageLogs> {
  const dir = join(parent, name);
  const folder = `${dir}.folder`;
  const other = `${dir}.other`;
  const point = async (target: string) => {
    const link = `${dir}.next`;
    await symlink(target, link);
    await rename(link, dir);
  };
  await mkdir(folder, { recursive: true });
  await point(folder);
  return {
    dir,
    async replace(make) {
      await make(other);
      await point(other);
      return async () => {
        await point(folder);
        await rm(other, { recursive: true });
      };
    },
  };
}
