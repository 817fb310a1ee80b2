import { readSync, writeSync } from 'node:fs';

/** File descriptor on which a child reports to its parent, in JSON lines. */
const REPORTS = 3;

const cell = new Int32Array(new SharedArrayBuffer(4));

const sleep = (ms: number) => void Atomics.wait(cell, 0, 0, ms);

/** Ends the work of this process. Its parent kills it. */
export function waitForEnd(): never {
  for (;;) sleep(1_000);
}

const isBusy = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EAGAIN';

const buffer = Buffer.alloc(65_536);

/** The next bytes of stdin. Null at its end. Blocks: after the lock, the event loop can watch no further file. */
function readBytes(): Buffer | null {
  for (;;) {
    try {
      const count = readSync(0, buffer);
      return count === 0 ? null : Buffer.from(buffer.subarray(0, count));
    } catch (error) {
      if (!isBusy(error)) throw error;
      sleep(1);
    }
  }
}

/** Reads stdin to its end. */
export function readInput(): string {
  const chunks: Buffer[] = [];
  for (let bytes = readBytes(); bytes !== null; bytes = readBytes()) chunks.push(bytes);
  return Buffer.concat(chunks).toString();
}

const NEWLINE = 0x0a;

/** The lines of stdin, as they arrive. */
export function* readLines(): Generator<string> {
  let rest: Buffer[] = [];
  for (let bytes = readBytes(); bytes !== null; bytes = readBytes()) {
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...rest, bytes.subarray(start, end)]).toString();
      rest = [];
      start = end + 1;
    }
    rest.push(bytes.subarray(start));
  }
}

/** Sends one JSON text to the parent. Blocks. */
export function sendText(json: string): void {
  let rest = Buffer.from(`${json}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(REPORTS, rest));
    } catch (error) {
      if (!isBusy(error)) throw error;
      sleep(1);
    }
  }
}

export const send = (report: object) => sendText(JSON.stringify(report));
