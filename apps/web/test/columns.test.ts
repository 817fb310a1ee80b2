import { expect, test } from 'vitest';
import { COLUMNS, columnsOf } from '../src/graph/columns.ts';
import { STAGES } from '../src/state/stages.ts';

test('the complex route is drawn in columns that end together', () => {
  expect(COLUMNS).toEqual({
    branches: [
      ['interpret'],
      ['generate.direct', 'generate.interpreted'],
      ['enhance.direct', 'enhance.interpreted'],
    ],
    shared: ['compare', 'polish'],
  });
});

test('a stage that is added to the route gets a column of its own', () => {
  const last = columnsOf({ ...STAGES, document: { does: '', after: ['polish'], route: 'complex' } });
  expect(last.shared).toEqual(['compare', 'polish', 'document']);
  const inBranch = columnsOf({
    ...STAGES,
    'lint.direct': { does: '', after: ['generate.direct'], route: 'complex' },
    'enhance.direct': { ...STAGES['enhance.direct']!, after: ['lint.direct'] },
  });
  expect(inBranch.branches.map((names) => names.toSorted())).toEqual([
    ['generate.direct', 'interpret'],
    ['generate.interpreted', 'lint.direct'],
    ['enhance.direct', 'enhance.interpreted'],
  ]);
});
