import { join } from 'node:path';

/** Folder of the built page, which `build.mjs` writes. */
export const DIST = join(import.meta.dirname, 'dist');
