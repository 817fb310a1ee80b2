import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entry } from '@codegen/testing/runs/stage-log';
import { createStageLog, formatEntry, type LogEntry, parseStageLog } from '@codegen/worker/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CORPUS, endless, hostileText } from './corpus.ts';

/** An entry with hostile text in every field. */
const hostileEntry = (word: string, text: string): LogEntry =>
  entry({ run: word, stage: word, model: word, text });

const expected = (word: string, text: string) => ({
  stage: word.slice(0, 200).toWellFormed(),
  text: text.toWellFormed(),
});

test('formatted entries are parsed unchanged, for any text', () => {
  const entries = fc.array(fc.tuple(hostileText, hostileText), { maxLength: 6 });
  fc.assert(
    fc.property(entries, (given) => {
      const bytes = Buffer.concat(given.map(([word, text]) => formatEntry(hostileEntry(word, text))));
      const read = parseStageLog(bytes).map(({ stage, text }) => ({ stage, text }));
      expect(read).toEqual(given.map(([word, text]) => expected(word, text)));
    }),
    { numRuns: 300 },
  );
});

test('a file has one header line of ASCII characters per entry', () => {
  const bytes = Buffer.concat(CORPUS.map(({ text }) => formatEntry(hostileEntry(text, `${text}\n${text}`))));
  const headers = bytes.toString().match(/^=== .*$/gm) ?? [];
  expect(headers).toHaveLength(CORPUS.length);
  for (const header of headers) expect(header).toMatch(/^[\x20-\x7e]+ ===$/);
});

test('an answer of megabytes is one entry, with or without line ends', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'codegen-logs-'));
  try {
    const report = (problem: Error) => expect.fail(problem.message);
    const log = createStageLog({ dir, maxBytes: 0, report });
    const texts = ['\\', '=== ', '\ud800', '\n'].map((unit) =>
      unit === '\n' ? '=== \n'.repeat(2 ** 18) : endless(unit, 2 ** 20),
    );
    await Promise.all(texts.map((text) => log.append(entry({ text }))));
    const read = parseStageLog(await readFile(join(dir, 'classifier_responses.txt')));
    expect(read.map(({ text }) => text.length)).toEqual(texts.map((text) => text.length));
    expect(read.map(({ text }) => text)).toEqual(texts.map((text) => text.toWellFormed()));
    await log.close();
  } finally {
    await rm(dir, { recursive: true });
  }
});
