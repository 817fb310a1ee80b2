import { expect, test } from 'vitest';
import { type ListedJob, search } from '../src/history/search.ts';

const job = (id: string, threadId: string, query: string, state: ListedJob['state'] = 'done'): ListedJob => ({
  id,
  threadId,
  query,
  state,
  createdAt: '2026-11-30T10:00:00Z',
  cost: 0,
  route: 'simple',
});
/** Newest first. */
const jobs = [
  job('3', 't', 'now in Go', 'failed'),
  job('2', 'u', 'sort a list'),
  job('1', 't', 'reverse a string'),
];

test('a thread has the name of its first request and the state of its newest job', () => {
  const [first, second] = search(jobs, '', 'all');
  expect(first).toMatchObject({ title: 'reverse a string', job: { id: '3' }, turns: 2, match: null });
  expect(second).toMatchObject({ title: 'sort a list', turns: 1 });
  expect(search(jobs, '', 'failed').map(({ title }) => title)).toEqual(['reverse a string']);
});

test('the search finds a later request and shows it', () => {
  expect(search(jobs, 'GO', 'all')).toMatchObject([
    { title: 'reverse a string', turns: 2, match: 'now in Go' },
  ]);
  expect(search(jobs, 'string reverse', 'all')).toMatchObject([{ job: { id: '3' }, match: null }]);
  expect(search(jobs, 'nothing', 'all')).toEqual([]);
});
