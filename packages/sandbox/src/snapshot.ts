import { execFile } from 'node:child_process';
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { scriptPath } from './child-process.ts';

export interface Snapshot {
  /** Open file without a name: nothing else can change it, and the system deletes it with the last process. */
  readonly file: number;
  readonly bytes: number;
}

/** Only ends what hangs: a loaded machine may need a minute, ms. */
const TIMEOUT_MS = 180_000;

let pending: Promise<Snapshot> | null = null;

/** The memory image from which Python starts. Made once per process, in 2 s, with 32 MB in the temporary folder. */
export function pythonSnapshot(): Promise<Snapshot> {
  pending ??= makeSnapshot().catch((error) => {
    pending = null;
    throw error;
  });
  return pending;
}

async function makeSnapshot(): Promise<Snapshot> {
  const folder = mkdtempSync(join(tmpdir(), 'codegen-sandbox-'));
  try {
    const path = join(folder, 'python');
    const options = { env: {}, timeout: TIMEOUT_MS };
    await promisify(execFile)(
      process.execPath,
      ['--no-warnings', scriptPath('make-snapshot.ts'), path],
      options,
    );
    const file = openSync(path, 'r');
    const { size } = fstatSync(file);
    if (size > 0) return { file, bytes: size };
    closeSync(file);
    throw new Error('the snapshot of the Python interpreter is empty');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
