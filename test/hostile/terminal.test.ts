import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  codeFor,
  createLog,
  createProgressPrinter,
  createTerminal,
  printable,
  toJson,
} from '@codegen/cli/testing';
import { delta, end, event, finished, started } from '@codegen/testing/api/job-events';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { CORPUS, endless, hostileText } from './corpus.ts';

/** Characters that could move the cursor, change colours, the title or the clipboard, or reorder text. */
const STEERS = /[^\P{Cc}\t\n]|[\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}]/u;
const ERASE_STATUS = '\r\u001b[J';

test('printable escapes control and bidirectional characters and keeps other text', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      expect(printable(text)).not.toMatch(STEERS);
      if (!STEERS.test(text)) expect(printable(text)).toBe(text);
      // Idempotent: printable text may be concatenated and escaped again.
      expect(printable(printable(text))).toBe(printable(text));
    }),
    { numRuns: 500 },
  );
  expect(printable('a\u001b[2J\u009b\u202e\r\tb\n')).toBe('a\\x1b[2J\\x9b\\u202e\\x0d\tb\n');
});

test('JSON output has no control characters and parses to the same value', () => {
  fc.assert(
    fc.property(fc.dictionary(hostileText, hostileText), (value) => {
      expect(toJson(value)).not.toMatch(STEERS);
      expect(JSON.parse(toJson(value))).toEqual(value);
    }),
  );
});

test('code is escaped for a terminal and unchanged for a pipe or a file', () => {
  for (const { text } of CORPUS) {
    expect(codeFor({ isTTY: true }, text)).not.toMatch(STEERS);
    expect(codeFor({ isTTY: false }, text)).toBe(text);
    expect(codeFor({}, text)).toBe(text);
  }
});

/** The bytes a terminal receives when a service puts this word into every text field of its events. */
function outputFor(word: string): string {
  let written = '';
  const terminal = createTerminal({ isTTY: true, columns: 1_000, write: (text) => (written += text) });
  const printProgress = createProgressPrinter(terminal);
  const failure = { code: word, why: word, consequence: word } as const;
  for (const one of [
    started(word, word),
    delta(word, word),
    delta(`${word}2`, word),
    started(word, word, 2),
    event('stage.retrying', { stage: word, ...failure, retryAt: 0 } as never),
    event('stage.completed', { stage: word, servedModel: word, ...end }),
    event('stage.degraded', { stage: word, servedModel: word, ...failure, ...end } as never),
    event('job.routed', { route: word as 'simple' }),
    finished({ status: word as 'failed', degraded: [{ stage: `${word}3`, ...failure }] as never }),
  ])
    printProgress(one);
  return written;
}

test('text in events neither controls the terminal nor adds lines', () => {
  const lines = outputFor('word').split('\n').length;
  fc.assert(
    fc.property(hostileText, (word) => {
      const written = outputFor(`x${word}`);
      expect(written.replaceAll(ERASE_STATUS, '')).not.toMatch(STEERS);
      expect(written.split('\n')).toHaveLength(lines);
    }),
  );
});

test('the status line is narrower than the terminal for any text', () => {
  for (const { text } of CORPUS) {
    const written: string[] = [];
    const terminal = createTerminal({ isTTY: true, columns: 20, write: (piece) => written.push(piece) });
    createProgressPrinter(terminal)(delta(endless(text, 100), 'x'));
    const [line = ''] = written;
    expect(stringWidth(line.slice(ERASE_STATUS.length))).toBeLessThan(20);
    expect(line.isWellFormed()).toBe(true);
  }
});

test.each([true, false])('log lines have no control characters (TTY: %s)', async (isTTY) => {
  const folder = await mkdtemp(join(tmpdir(), 'codegen-log-'));
  const file = await open(join(folder, 'log'), 'a+');
  try {
    const log = createLog('trace', { fd: file.fd, isTTY });
    for (const { text } of CORPUS)
      log.error({ err: new Error(text), model: text, run: { [text]: text } }, `said: ${text}`);
    log.info('the end');
    const read = () => readFile(join(folder, 'log'), 'utf8');
    await expect.poll(read).toContain('the end');
    const written = await read();
    // The colours of pino-pretty are allowed.
    expect(written.replaceAll(/\p{Cc}\[\d*m/gu, '')).not.toMatch(STEERS);
    if (isTTY) return;
    const lines = written.trimEnd().split('\n');
    const said = lines.map((line) => JSON.parse(line)).slice(0, -1);
    expect(said.map(({ msg, model, run }) => ({ msg, model, run }))).toEqual(
      CORPUS.map(({ text }) => ({ msg: `said: ${text}`, model: text, run: { [text]: text } })),
    );
  } finally {
    await file.close();
    await rm(folder, { recursive: true });
  }
});

test('printable handles very long lines', () => {
  for (const unit of ['\u001b', '\u202e', '\u009b', 'x'])
    expect(printable(endless(unit, 2 ** 18))).not.toMatch(STEERS);
});
