import { afterAll, beforeAll, expect, test } from 'vitest';
import { rawGet } from './raw-request.ts';
import { expectProblem, type Service, startService } from './service.ts';

const LIMIT = 20;

let service: Service;
beforeAll(async () => {
  service = await startService({ settings: { MAX_QUERY_CHARS: LIMIT } });
});
afterAll(async () => {
  expect(service.models.calls, 'a refused request starts no run').toEqual([]);
  await service[Symbol.asyncDispose]();
});

test.each([
  ['no question mark', '/generate'],
  ['no parameter', '/generate?'],
  ['only others', '/generate?q=hello&Query=hello&query[]=hello'],
  ['a name in other letters', '/generate?QUERY=hello'],
  ['only ampersands', '/generate?&&&'],
  ['a question mark that is encoded', '/generate/?%3Fquery=hello'],
])('a query is missing with %s', async (_, target) => {
  expectProblem(await rawGet(service.url, target), 'missing-query', 400);
});

test.each([
  ['empty', '/generate?query='],
  ['without an equals sign', '/generate?query'],
  ['a space', '/generate?query=%20'],
  ['a plus', '/generate?query=+'],
  ['spaces, tabs and line ends', '/generate?query=%20%09%0A%0D%0A+'],
  ['full-width spaces', '/generate?query=%E3%80%80%E3%80%80'],
  ['no-break spaces', '/generate?query=%C2%A0'],
  ['a byte order mark', '/generate?query=%EF%BB%BF'],
  ['zero-width characters', '/generate?query=%E2%80%8B%E2%81%A0'],
])('a query is blank when it is %s', async (_, target) => {
  expectProblem(await rawGet(service.url, target), 'blank-query', 422);
});

test.each([
  ['twice', '/generate?query=a&query=b'],
  ['twice the same', '/generate?query=a&query=a'],
  ['once blank', '/generate?query=a&query='],
  ['once encoded', '/generate?query=a&%71uery=b'],
])('a query may not be given %s', async (_, target) => {
  expectProblem(await rawGet(service.url, target), 'repeated-query', 400);
});

test.each([
  ['in ASCII', 'x'.repeat(LIMIT + 1)],
  ['in spaces around a word', `${' '.repeat(LIMIT)}x`],
  ['in CJK', '字'.repeat(LIMIT + 1)],
  ['in emoji', '🙂'.repeat(LIMIT + 1)],
])('a query over the limit %s is too long', async (_, query) => {
  const reply = await rawGet(service.url, `/generate?query=${encodeURIComponent(query)}`);
  expectProblem(reply, 'query-too-long', 414);
  expect(reply.json.detail).toContain(`may have ${LIMIT} characters; this one has ${LIMIT + 1}`);
});

test.each([
  ['a byte that UTF-8 never has', '/generate?query=%ff'],
  ['a sequence that breaks off', '/generate?query=%E2%82'],
  ['a continuation without a beginning', '/generate?query=a%80'],
  ['an overlong form', '/generate?query=%C0%AF'],
  ['half a surrogate pair', '/generate?query=%ED%A0%80'],
  ['both halves of a pair, each encoded', '/generate?query=%ED%A0%BD%ED%B9%82'],
  ['Latin-1', '/generate?query=caf%E9'],
  ['a percent sign without digits', '/generate?query=100%'],
  ['a percent sign before letters', '/generate?query=%zz'],
  ['an escape that is too short', '/generate?query=%4'],
  ['Latin-1 in the name', '/generate?quer%FF=x&query=y'],
])('a query has an invalid encoding with %s', async (_, target) => {
  expectProblem(await rawGet(service.url, target), 'invalid-encoding', 400);
});

test.each(['%00', 'a%00b', '%07', '%08', '%0B', '%0C', '%1B[31m', '%7F', '%C2%80', '%C2%9F'])(
  'a query may not hold the control character in %s',
  async (query) => {
    expectProblem(await rawGet(service.url, `/generate?query=x${query}`), 'unreadable-query', 422);
  },
);

test('the repeated one is named before the long, and the encoding before both', async () => {
  const long = 'x'.repeat(LIMIT + 1);
  expectProblem(await rawGet(service.url, `/generate?query=${long}&query=${long}`), 'repeated-query', 400);
  expectProblem(await rawGet(service.url, `/generate?query=${long}&query=%ff`), 'invalid-encoding', 400);
});
