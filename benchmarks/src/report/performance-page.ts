import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Results } from '../results.ts';
import { chart } from './chart.ts';
import { figureTable, peerTable, ratioTable, sizeTable } from './tables.ts';

/** Generated sections of docs/performance.md by the name of their markers. Omits measures without results. */
export function sectionsOf(results: Results): Readonly<Record<string, string>> {
  const has = (measure: string) => results.rows.some((row) => row.measure === measure);
  const compared = ['O', 'T', 'C'].some(has);
  const ratios = ratioTable(results);
  return {
    machine: machineLine(results),
    ...(compared && { peers: peerTable(results) }),
    ...(ratios && { ratios }),
    ...(has('M') && { memory: figureTable(results, 'M') }),
    ...(has('S') && { workers: figureTable(results, 'S') }),
    ...(has('F') && { first: figureTable(results, 'F') }),
    ...(has('B') && { redis: figureTable(results, 'B') }),
    ...(has('K') && { takeover: figureTable(results, 'K') }),
    ...(has('W') && { routes: figureTable(results, 'W') }),
    ...(has('G') && {
      waiting: sizeTable(results, 'G', 'ours', (size) => !size.endsWith('KB')),
      text: sizeTable(results, 'G', 'ours', (size) => size.endsWith('KB')),
    }),
  };
}

function machineLine({ machine, startedAt, rounds, scale }: Results): string {
  const { cores, cpu, memoryGiB, node, redis, postgres, load } = machine;
  const quick = scale === 'quick' ? ' Quick run, not a measurement.' : '';
  return `${startedAt.slice(0, 10)}, ${cores} cores (${cpu}), ${memoryGiB} GiB, Node ${node}, Redis ${redis}, PostgreSQL ${postgres}; ${rounds} rounds; load average ${load} before.${quick}`;
}

/** Replaces the text between `<!-- bench:name -->` and `<!-- /bench:name -->`. @throws Error for missing markers */
export function fill(document: string, sections: Readonly<Record<string, string>>): string {
  return Object.entries(sections).reduce((text, [name, section]) => {
    const marks = new RegExp(`(<!-- bench:${name} -->)[\\s\\S]*?(<!-- /bench:${name} -->)`);
    if (!marks.test(text)) throw new Error(`the document has no markers for ${name}`);
    return text.replace(marks, (_, begin, end) => `${begin}\n\n${section}\n\n${end}`);
  }, document);
}

const RESULTS = join(import.meta.dirname, '..', '..', 'results');
const RECORD = join(RESULTS, 'record.json');
const DOCS = join(import.meta.dirname, '..', '..', '..', 'docs');

/** Writes the results file and, with `record`, docs/performance.md. @returns the path of the results file */
export async function saveResults(results: Results, record: boolean): Promise<string> {
  await mkdir(RESULTS, { recursive: true });
  const file = record ? RECORD : join(RESULTS, 'latest.json');
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
  if (record) await publish();
  return file;
}

/** Writes docs/performance.md and its chart from the recorded results. */
export async function publish() {
  const results: Results = JSON.parse(await readFile(RECORD, 'utf8'));
  const page = join(DOCS, 'performance.md');
  await writeFile(page, fill(await readFile(page, 'utf8'), sectionsOf(results)));
  await writeFile(join(DOCS, 'performance.svg'), chart(results));
}
