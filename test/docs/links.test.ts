import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deadLinks, documents } from './links.ts';

const read = (path: string) => readFileSync(join(import.meta.dirname, '..', '..', path), 'utf8');

const EXAMPLE = `# A title: with *marks*

## Twice

## Twice

[file](README.md) [missing file](missing.md) [folder](adr) ![missing picture](none.svg)
[anchor](#twice-1) [missing anchor](#thrice) [title](#a-title-with-marks "tip")
[anchor elsewhere](problems.md#missing-query) [missing elsewhere](problems.md#no-such-problem) [anchor of a folder](adr#x)
[other site](https://example.org/none) [mail](mailto:a@example.org) \`[code](none.md)\`

\`\`\`
[block](none.md)
# Not a heading
\`\`\`
`;

describe('the check of links', () => {
  it('finds missing files and missing headings, and nothing else', () => {
    const example = EXAMPLE.replace('README.md', '../README.md');
    expect(deadLinks('docs/example.md', example)).toEqual([
      'missing.md',
      'none.svg',
      '#thrice',
      'problems.md#no-such-problem',
      'adr#x',
    ]);
  });

  it('reads all documents', () => {
    expect(documents).toEqual(
      expect.arrayContaining(['README.md', 'docs/adr/README.md', 'packages/client/README.md']),
    );
  });
});

it.each(documents)('%s has no dead links', (path) => {
  expect(deadLinks(path, read(path))).toEqual([]);
});

describe('file names in the text of', () => {
  const root = join(import.meta.dirname, '..', '..');
  const sources = globSync('{apps,packages,test,eval,benchmarks,scripts}/**/*.{ts,lua,mjs}', {
    cwd: root,
    exclude: ['**/node_modules'],
  });
  const unknownFiles = (text: string) =>
    [...text.matchAll(/`([\w./-]+\.(?:ts|lua|mjs))`/g)].flatMap(([, name = '']) =>
      sources.some((path) => `/${path}`.endsWith(`/${name}`)) ? [] : [name],
    );

  it('a document are found if no file is called so', () => {
    expect(unknownFiles('`flow/flow.ts`, `no-flow.ts` and `flow.ts`')).toEqual(['no-flow.ts']);
  });

  it.each(documents)('%s are those of files', (path) => {
    expect(unknownFiles(read(path))).toEqual([]);
  });
});

it('the glossary of ARCHITECTURE.md has at most 15 words', () => {
  const [, glossary = ''] = /^## Glossary$(.*?)^## /ms.exec(read('ARCHITECTURE.md')) ?? [];
  const words = glossary.match(/^\| (?!word|-)/gm) ?? [];
  expect(words.length).toBeGreaterThan(0);
  expect(words.length).toBeLessThanOrEqual(15);
});
