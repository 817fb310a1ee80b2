import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LOG_FILES } from '@codegen/pipeline';
import { entry, readFolder } from '@codegen/testing/runs/stage-log';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseStageLog } from '../../src/stage-log/entry.ts';
import { createStageLog, type StageLog } from '../../src/stage-log/log.ts';

const LOG = 'classifier_responses.txt';
const WRITER = fileURLToPath(new URL('./writer-process.ts', import.meta.url));
const TORN = fileURLToPath(new URL('./torn-process.ts', import.meta.url));
const run = promisify(execFile);

let root: string;
let reports: NodeJS.ErrnoException[];
let clock: number;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'stage-log-'));
  reports = [];
  clock = Date.parse('2026-11-23T06:00:00.000Z');
});
const logs: StageLog[] = [];
afterEach(async () => {
  await Promise.all(logs.splice(0).map((log) => log.close()));
  await rm(root, { recursive: true });
});

const create = (
  dir: string,
  maxBytes = 0,
  keepFiles = 10,
  report = (error: Error): unknown => reports.push(error),
) => {
  const log = createStageLog({ dir, maxBytes, keepFiles, now: () => clock, report });
  logs.push(log);
  return log;
};
const codes = () => reports.map((error) => error.code);

describe('when a file cannot be written', () => {
  test('resolves, reports once a minute, and writes again as soon as it can', async () => {
    const blocker = join(root, 'data');
    await writeFile(blocker, '');
    const log = create(join(blocker, 'logs'));
    for (let i = 0; i < 3; i++) await log.append(entry());
    expect(codes()).toEqual(['ENOTDIR']);

    clock += 60_000;
    await log.append(entry());
    expect(codes()).toEqual(['ENOTDIR', 'ENOTDIR']);
    expect(reports[1]!.message).toContain('2 times since');

    await rm(blocker);
    await log.append(entry({ text: 'back' }));
    expect((await readFolder(join(blocker, 'logs'))).map(({ text }) => text)).toEqual(['back']);
    expect(reports).toHaveLength(2);
  });

  test('throttles each error code separately', async () => {
    await symlink('/dev/full', join(root, LOG));
    const log = create(root);
    await log.append(entry());
    await log.append(entry({ file: '../escape.txt' }));
    await log.append(entry({ file: 'classifier_responses.md' }));
    await log.append(entry({ time: new Date(Number.NaN) }));
    expect(codes()).toEqual(['ENOSPC', 'ERR_LOG_FILE', undefined].map((code) => code ?? 'RangeError'));
    expect(await readdir(root)).toEqual([LOG]);
  });

  test('ignores a reporter that throws', async () => {
    await symlink('/dev/full', join(root, LOG));
    const log = create(root, 0, 10, () => {
      throw new Error('no');
    });
    await expect(log.append(entry())).resolves.toBeUndefined();
  });

  test('reports a short write and begins the next entry on a new line', async () => {
    const { stdout } = await run('sh', ['-c', 'ulimit -f 2; exec "$0" "$@"', process.execPath, TORN, root]);
    expect(stdout).toBe('["ERR_SHORT_WRITE"]');
    const content = await readFile(join(root, LOG), 'utf8');
    expect(() => parseStageLog(content)).toThrow('torn');
    expect(content.slice(199, 201)).toBe('a\n');
    expect(parseStageLog(content.slice(201))).toMatchObject([{ text: 'b' }]);
  });
});

test('creates the folder and each log file on the first write, not readable by others', async () => {
  const dir = join(root, 'a', 'b');
  const log = create(dir);
  expect(await readdir(root)).toEqual([]);
  await Promise.all(LOG_FILES.map((file) => log.append(entry({ file }))));
  expect((await readdir(dir)).sort()).toEqual([...LOG_FILES].sort());
  expect((await stat(dir)).mode & 0o027).toBe(0);
  expect((await stat(join(dir, LOG))).mode & 0o137).toBe(0);
  expect(reports).toEqual([]);
});

test('writes the entries of a file in the order they were appended', async () => {
  const log = create(root);
  const texts = Array.from({ length: 100 }, (_, i) => `${i}`);
  for (const text of texts) void log.append(entry({ text }));
  await log.close();
  expect((await readFolder(root)).map(({ text }) => text)).toEqual(texts);
});

describe('rotation', () => {
  test('rotates a file before an entry would exceed the limit, and keeps the newest ones', async () => {
    const log = create(root, 400, 2);
    await writeFile(join(root, 'classifier_responses.2020.txt'), 'not a rotated log');
    for (let i = 0; i < 10; i++) {
      clock += 1_000;
      await log.append(entry({ text: `${i}` }));
    }
    const rotated = (await readdir(root)).filter((file) =>
      /^classifier_responses\..*-[0-9a-f]{8}\.txt$/.test(file),
    );
    expect(rotated).toHaveLength(2);
    await rm(join(root, 'classifier_responses.2020.txt'));
    const kept = await readFolder(root);
    expect(kept.map(({ text }) => text).sort()).toEqual(['3', '4', '5', '6', '7', '8', '9']);
    for (const file of await readdir(root))
      expect((await stat(join(root, file))).size).toBeLessThanOrEqual(400);
    expect(reports).toEqual([]);
  });

  test('writes an entry that exceeds the limit into a file of its own', async () => {
    const log = create(root, 100);
    for (const text of ['a'.repeat(500), 'b'.repeat(500)]) await log.append(entry({ text }));
    expect(await readdir(root)).toHaveLength(2);
    expect(await readFolder(root)).toHaveLength(2);
  });

  test('is off when the limit is 0', async () => {
    const log = create(root, 0);
    for (let i = 0; i < 5; i++) await log.append(entry({ text: 'a'.repeat(10_000) }));
    expect(await readdir(root)).toEqual([LOG]);
  });

  test('continues in a new file when another process rotated the file', async () => {
    const log = create(root);
    await log.append(entry({ text: 'a' }));
    await rename(join(root, LOG), join(root, 'rotated.txt'));
    await log.append(entry({ text: 'b' }));
    expect(parseStageLog(await readFile(join(root, LOG))).map(({ text }) => text)).toEqual(['b']);
  });
});

test.each([
  ['a file', LOG],
  ['the folder', '.'],
])('recreates %s for the next entry after it was removed', async (_what, path) => {
  const dir = join(root, 'logs');
  const log = create(dir);
  await log.append(entry({ text: 'a' }));
  await rm(join(dir, path), { recursive: true });
  await log.append(entry({ text: 'b' }));
  expect((await readFolder(dir)).map(({ text }) => text)).toEqual(['b']);
  expect(reports).toEqual([]);
});

test('lets four processes share a folder without losing or tearing an entry', async () => {
  const ids = ['a', 'b', 'c', 'd'];
  const outputs = await Promise.all(
    ids.map((id) => run(process.execPath, [WRITER, root, id, '200', '65536', '500000'])),
  );
  expect(outputs.map(({ stdout }) => stdout)).toEqual(ids.map(() => '[]'));
  expect((await readdir(root)).length).toBeGreaterThan(20);
  const entries = await readFolder(root);
  const expected = ids.flatMap((id) => Array.from({ length: 200 }, (_, i) => `${id}.${i}`));
  expect(entries.map((each) => each.run).sort()).toEqual(expected.sort());
  for (const { run, text } of entries) expect(text.replaceAll(`${run}\n`, '')).toBe('');
});

describe('with a limit in days', () => {
  const DAY_MS = 86_400_000;

  test('each day has a file of its own, and older files are deleted', async () => {
    clock = Date.now();
    const createDaily = () => {
      const log = createStageLog({ dir: root, maxBytes: 0, keepDays: 2, now: () => clock, report: () => {} });
      logs.push(log);
      return log;
    };
    const log = createDaily();
    await log.append(entry({ text: 'first day' }));
    await log.append(entry({ text: 'first day, too' }));
    expect(await readdir(root)).toEqual([LOG]);
    clock += DAY_MS;
    await log.append(entry({ text: 'second day' }));
    expect(await readdir(root)).toHaveLength(2);
    expect(await readFile(join(root, LOG), 'utf8')).not.toContain('first day');

    clock += 3 * DAY_MS;
    createDaily();
    await expect
      .poll(async () => (await readFolder(root)).map(({ text }) => text))
      .not.toContain('first day');
    expect((await readFolder(root)).map(({ text }) => text)).toEqual(['second day']);
  });
});
