import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LogEntry, type ParsedEntry, parseStageLog } from '@codegen/worker/testing';

export const entry = (over: Partial<LogEntry> = {}): LogEntry => ({
  file: 'classifier_responses.txt',
  time: new Date('2026-11-23T06:00:00.000Z'),
  run: 'r1',
  stage: 'classify',
  model: 'some/model:free',
  attempt: 1,
  milliseconds: 123,
  tokens: { prompt: 12, completion: 34 },
  simulated: false,
  text: 'simple',
  ...over,
});

/** All entries in a folder, including those of rotated files. */
export async function readFolder(dir: string): Promise<ParsedEntry[]> {
  const files = await readdir(dir);
  const contents = await Promise.all(files.map((file) => readFile(join(dir, file))));
  return contents.flatMap(parseStageLog);
}
