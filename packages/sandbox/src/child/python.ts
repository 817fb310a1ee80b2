import { constants, readSync } from 'node:fs';
import { loadPyodide } from 'pyodide';
import { lockProcess } from './lock.ts';
import { readInput, send, sendText, waitForEnd } from './pipe.ts';

/** The snapshot of the interpreter. Other processes read the same open file, so it is read by position. */
const SNAPSHOT = 4;

const [dataMb, snapshotBytes, outputChars] = process.argv.slice(2).map(Number) as [number, number, number];

function readSnapshot(): Uint8Array {
  const buffer = new Uint8Array(snapshotBytes);
  for (let at = 0; at < snapshotBytes; ) {
    const count = readSync(SNAPSHOT, buffer, at, snapshotBytes - at, at);
    if (count === 0) throw new Error('the snapshot is incomplete');
    at += count;
  }
  return buffer;
}

// Emscripten asks for the constants of Node's file system by an old interface, which the permission model denies.
const oldInterface = { value: () => ({ fs: constants }), configurable: true };
Object.defineProperty(process, 'binding', oldInterface);

// `_loadSnapshot` and `jsglobals` are accepted, but not documented.
const options = { _loadSnapshot: readSnapshot(), jsglobals: Object.create(null) };
const python = await loadPyodide(options as Parameters<typeof loadPyodide>[0]);

let printed = 0;
/** The program's output goes to the harness. What bypasses Python's streams is dropped, but counted. */
const sink = {
  write(bytes: Uint8Array) {
    printed += bytes.length;
    if (printed > outputChars) {
      send({ end: 'output' });
      waitForEnd();
    }
    return bytes.length;
  },
};
python.setStdout(sink);
python.setStderr(sink);
python.setStdin({ stdin: () => null });
const run = python.globals.get('run') as (job: string, emit: (json: string) => void) => void;
python.runPython(
  'import sys\nfor name in [n for n in sys.modules if n.split(".")[0] == "pyodide_js"]: del sys.modules[name]',
);
python.unregisterJsModule('pyodide_js');

await lockProcess(dataMb);
try {
  run(readInput(), sendText);
} catch (error) {
  send({ end: 'crashed', reason: String((error as Error)?.message ?? error).slice(-300) });
}
send({ end: 'done' });
waitForEnd();
