import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { adrIndex, adrs } from './adr-index.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('architecture decision records', () => {
  // Numbers are assigned before the branches land, so one may be missing for a while.
  it('have a number of their own, in the order of their dates', () => {
    expect(adrs.length).toBeGreaterThan(20);
    expect(new Set(adrs.map(({ number }) => number)).size).toBe(adrs.length);
    expect(adrs.map(({ date }) => date)).toEqual(adrs.map(({ date }) => date).toSorted());
  });

  it.each(adrs)('$file has a title, a status, a date and the three sections', (adr) => {
    expect(adr.file).toMatch(new RegExp(`^${adr.number}-[a-z0-9]+(-[a-z0-9]+)*\\.md$`));
    expect(adr.title).not.toBe('');
    expect(adr.status).toMatch(/^(Accepted|Superseded by \[\d{4}\])/);
    expect(adr.date).not.toBe('');
    expect(adr.headings).toEqual(['Context', 'Decision', 'Consequences']);
  });

  it('name each other when one supersedes another', () => {
    const superseded = adrs.flatMap(({ number, status }) => {
      const [, by] = /^Superseded by \[(\d{4})\]/.exec(status) ?? [];
      return by === undefined ? [] : [`${by} ${number}`];
    });
    const supersedes = adrs.flatMap(({ number, status }) => {
      const [, list = ''] = /; supersedes (.+)$/.exec(status) ?? [];
      return [...list.matchAll(/\[(\d{4})\]/g)].map(([, other]) => `${number} ${other}`);
    });
    expect(supersedes.toSorted()).toEqual(superseded.toSorted());
  });

  it('have an index that is up to date (npm run docs writes it)', () => {
    expect(read('docs/adr/README.md')).toBe(adrIndex());
  });
});

describe('the libraries record', () => {
  const [, listed = ''] = /\| purpose \|([\s\S]*?)\n\n/.exec(read('docs/adr/0001-libraries.md')) ?? [];
  const names = listed
    .split('\n')
    .slice(2)
    .flatMap((row) => row.split('|')[2]?.split(',') ?? [])
    .map((name) => name.replace(/\(.*\)/, '').trim());
  const manifests = globSync('{package.json,{apps,packages}/*/package.json,test/package.json}', {
    cwd: root,
  });
  const dependencies = manifests.flatMap((path) => {
    const { dependencies = {}, devDependencies = {}, optionalDependencies = {} } = JSON.parse(read(path));
    return Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
  });
  const external = dependencies.filter(
    (name) => !name.startsWith('@codegen/') && !name.startsWith('@types/'),
  );

  it('has one line for every dependency, and no other', () => {
    expect(existsSync(join(root, 'docs/adr/0001-libraries.md'))).toBe(true);
    expect([...new Set(names)].toSorted()).toEqual([...new Set(external)].toSorted());
  });
});
