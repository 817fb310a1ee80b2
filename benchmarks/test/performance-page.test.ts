import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chart } from '../src/report/chart.ts';
import { fill, sectionsOf } from '../src/report/performance-page.ts';
import type { Results } from '../src/results.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const page = read('docs/performance.md');
const results: Results = JSON.parse(read('benchmarks/results/record.json'));

it('shows the recorded results, in the page and in the chart', () => {
  expect(fill(page, sectionsOf(results))).toBe(page);
  expect(read('docs/performance.svg')).toBe(chart(results));
});

it('fills in every part of the page', () => {
  const empty = [...page.matchAll(/<!-- bench:(\w+) -->\s*<!-- \/bench:\1 -->/g)].map(([, name]) => name);
  expect(empty).toEqual([]);
});

it('rejects a section without markers in the page', () => {
  expect(() => fill('no marks', { peers: 'x' })).toThrow('no markers for peers');
});
