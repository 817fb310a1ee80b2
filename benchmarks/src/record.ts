import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chart } from './report/chart.ts';
import { fill } from './report/document.ts';
import { sectionsOf } from './report/sections.ts';
import type { Results } from './results.ts';

const RESULTS = join(import.meta.dirname, '..', 'results');
const RECORD = join(RESULTS, 'record.json');
const DOCS = join(import.meta.dirname, '..', '..', 'docs');

/** Writes the results, and what docs/performance.md shows of them if they are those of record. Returns the file. */
export async function keep(results: Results, record: boolean): Promise<string> {
  await mkdir(RESULTS, { recursive: true });
  const file = record ? RECORD : join(RESULTS, 'latest.json');
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
  if (record) await publish();
  return file;
}

/** Writes the page and the chart from the results of record. */
export async function publish() {
  const results: Results = JSON.parse(await readFile(RECORD, 'utf8'));
  const page = join(DOCS, 'performance.md');
  await writeFile(page, fill(await readFile(page, 'utf8'), sectionsOf(results)));
  await writeFile(join(DOCS, 'performance.svg'), chart(results));
}
