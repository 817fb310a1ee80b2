import { readFileSync } from 'node:fs';
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
