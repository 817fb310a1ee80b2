import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { narrate } from '../../apps/cli/src/generate/narrate.ts';
import { trackProgress } from '../../apps/cli/src/generate/progress.ts';
import { openScreen } from '../../apps/cli/src/generate/screen.ts';
import { createLog } from '../../apps/cli/src/log.ts';
import { codeFor, printable, toJson } from '../../apps/cli/src/terminal.ts';
import { delta, end, event, finished, started } from '../../apps/cli/test/told.ts';
import { CORPUS, endless, hostileText } from './corpus.ts';

/** All that could move a cursor, change a colour, a title or the clipboard, or turn round what is read. */
const STEERS = /[^\P{Cc}\t\n]|[\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}]/u;
const ERASE_LINE = '\r\u001b[K';

test('what is made printable steers no terminal, and text that does not is left as it is', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      expect(printable(text)).not.toMatch(STEERS);
      if (!STEERS.test(text)) expect(printable(text)).toBe(text);
      // Once is enough: it can be put together with more.
      expect(printable(printable(text))).toBe(printable(text));
    }),
    { numRuns: 500 },
  );
  expect(printable('a\u001b[2J\u009b\u202e\r\tb\n')).toBe('a\\x1b[2J\\x9b\\u202e\\x0d\tb\n');
});

test('JSON steers no terminal and means the same', () => {
  fc.assert(
    fc.property(fc.dictionary(hostileText, hostileText), (value) => {
      expect(toJson(value)).not.toMatch(STEERS);
      expect(JSON.parse(toJson(value))).toEqual(value);
    }),
  );
});

test('code is made printable for a terminal alone; a pipe or a file gets it as it is', () => {
  for (const { text } of CORPUS) {
    expect(codeFor({ isTTY: true }, text)).not.toMatch(STEERS);
    expect(codeFor({ isTTY: false }, text)).toBe(text);
    expect(codeFor({}, text)).toBe(text);
  }
});

/** What a terminal gets when a service, or what stands in its place, says these words wherever it can. */
function shown(word: string): string {
  let written = '';
  const { say, show } = openScreen({ isTTY: true, columns: 1_000, write: (text) => (written += text) });
  const tellers = [narrate(say), trackProgress(show)];
  const lost = { code: word, why: word, consequence: word } as const;
  for (const one of [
    started(word, word),
    delta(word, word),
    delta(`${word}2`, word),
    started(word, word, 2),
    event('stage.retrying', { stage: word, ...lost, retryAt: 0 } as never),
    event('stage.completed', { stage: word, servedModel: word, ...end }),
    event('stage.degraded', { stage: word, servedModel: word, ...lost, ...end } as never),
    event('job.routed', { route: word as 'simple' }),
    finished({ status: word as 'failed', degraded: [{ stage: `${word}3`, ...lost }] as never }),
  ])
    for (const tell of tellers) tell(one);
  return written;
}

test('nothing that is told of a job steers the terminal or passes for a line of its own', () => {
  const lines = shown('word').split('\n').length;
  fc.assert(
    fc.property(hostileText, (word) => {
      const written = shown(`x${word}`);
      expect(written.replaceAll(ERASE_LINE, '')).not.toMatch(STEERS);
      expect(written.split('\n')).toHaveLength(lines);
    }),
  );
});

test('a line that changes is never longer than the terminal is wide, whatever is in it', () => {
  for (const { text } of CORPUS) {
    const written: string[] = [];
    const { show } = openScreen({ isTTY: true, columns: 20, write: (piece) => written.push(piece) });
    trackProgress(show)(delta(endless(text, 100), 'x'));
    const [line = ''] = written;
    expect(line.slice(ERASE_LINE.length).length).toBeLessThan(20);
    expect(line.isWellFormed()).toBe(true);
  }
});

test.each([true, false])('the log, on a terminal: %s, steers none', async (isTTY) => {
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
    // Its own colours, where it has any.
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

test('a line without end is made printable', () => {
  for (const unit of ['\u001b', '\u202e', '\u009b', 'x'])
    expect(printable(endless(unit, 2 ** 18))).not.toMatch(STEERS);
});
