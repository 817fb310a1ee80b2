import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chart } from '../../benchmarks/src/report/chart.ts';
import { fill, sectionsOf } from '../../benchmarks/src/report/performance-page.ts';
import type { Results } from '../../benchmarks/src/results.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const page = read('docs/performance.md');
const results: Results = JSON.parse(read('benchmarks/results/record.json'));

it('the page and the chart are made from the results of record', () => {
  expect(fill(page, sectionsOf(results))).toBe(page);
  expect(read('docs/performance.svg')).toBe(chart(results));
});

it('every part of the page is filled in', () => {
  const empty = [...page.matchAll(/<!-- bench:(\w+) -->\s*<!-- \/bench:\1 -->/g)].map(([, name]) => name);
  expect(empty).toEqual([]);
});

it('the links lead somewhere', () => {
  for (const [, target = ''] of page.matchAll(/\]\((?!http)([^)#]+)\)/g))
    expect(existsSync(join(root, 'docs', target)), target).toBe(true);
});

it('a section without a place in the document is a fault', () => {
  expect(() => fill('no marks', { peers: 'x' })).toThrow('no markers for peers');
});
