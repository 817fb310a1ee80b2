import { rawGet } from '@codegen/testing/api/raw-request';
import { expectProblem, type Service, startService } from '@codegen/testing/api/service';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readQuery } from '../../src/http/query.ts';
import { ProblemError } from '../../src/problem.ts';

describe('readQuery', () => {
  const LIMIT = 50;

  test.each([
    ['characters that a URL cannot hold', '/generate?query=grüße'],
    ['a space', '/generate?query=a b'],
    ['half a surrogate pair', '/generate?query=\ud800'],
  ])('rejects a URL with %s', (_, target) => {
    expect(() => readQuery(target, LIMIT)).toThrow(ProblemError);
  });

  test('parses what follows the first question mark', () => {
    expect(readQuery('/a=b&query=c?query=d?query=e', LIMIT)).toBe('d?query=e');
  });

  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: LIMIT / 2 }).filter(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are refused
    (one) => !/^[\s\p{Default_Ignorable_Code_Point}]*$|[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/u.test(one),
  );

  test('decodes what encodeURIComponent and URLSearchParams encode', () => {
    fc.assert(
      fc.property(text, (query) => {
        expect(readQuery(`/generate?query=${encodeURIComponent(query)}`, LIMIT)).toBe(query);
        const form = new URLSearchParams({ before: query, query, after: query });
        expect(readQuery(`/generate?${form}`, LIMIT)).toBe(query);
      }),
    );
  });

  const piece = fc.oneof(
    fc.constantFrom(
      'query',
      'query=',
      '&',
      '=',
      '?',
      '+',
      '%',
      '%ff',
      '%E3%80%80',
      '%00',
      '%ED%A0%80',
      '#',
      ';',
    ),
    fc.string({ unit: 'binary', maxLength: 5 }),
    fc
      .uint8Array({ max: 255, maxLength: 5 })
      .map((bytes) => [...bytes].map((b) => `%${b.toString(16)}`).join('')),
  );
  const target = fc.array(piece, { maxLength: 20 }).map((pieces) => `/generate?${pieces.join('')}`);

  test('returns a query within the limit or throws a problem for any bytes', () => {
    fc.assert(
      fc.property(target, (given) => {
        try {
          const query = readQuery(given, LIMIT);
          expect(query.isWellFormed()).toBe(true);
          expect([...query].length).toBeLessThanOrEqual(LIMIT);
          expect(query.trim()).not.toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(ProblemError);
          expect((error as ProblemError).problem.status).toBeLessThan(500);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('valid queries', () => {
  const LIMIT = 100;

  let service: Service;
  beforeAll(async () => {
    service = await startService({ worker: false, settings: { MAX_QUERY_CHARS: LIMIT } });
  });
  afterAll(() => service[Symbol.asyncDispose]());

  test.each([
    ['a plus is a space', 'a+b', 'a b'],
    ['an encoded plus is a plus', 'C%2B%2B+vs+a%2bb', 'C++ vs a+b'],
    ['an encoded ampersand is text', 'a%26query=b', 'a&query=b'],
    ['an equals sign is text', 'a=b==c', 'a=b==c'],
    ['a question mark is text', 'why?how?', 'why?how?'],
    ['a number sign is text', 'C#', 'C#'],
    ['a percent sign that is encoded stays one', '%2525', '%25'],
    ['letters beyond ASCII', 'gr%C3%BC%C3%9Fe', 'grüße'],
    ['emoji, with joiners', encodeURIComponent('👩‍💻🙂'), '👩‍💻🙂'],
    ['right-to-left', encodeURIComponent('שלום'), 'שלום'],
    ['tabs and line ends', 'a%09b%0D%0Ac', 'a\tb\r\nc'],
    ['white space around it stays', '%20a%20', ' a '],
    ['a byte order mark before it stays', '%EF%BB%BFa', '\uFEFFa'],
    ['a noncharacter', '%EF%BF%BF', '\uFFFF'],
    ['markup', "%3Cscript%3E%22'`", '<script>"\'`'],
    ['as long as the limit', 'x'.repeat(LIMIT), 'x'.repeat(LIMIT)],
    ['as long as the limit in emoji', encodeURIComponent('🙂'.repeat(LIMIT)), '🙂'.repeat(LIMIT)],
  ])('decodes: %s', async (_, encoded, query) => {
    const { status, headers } = await rawGet(
      service.url,
      `/generate?query=${encoded}`,
      'Prefer: respond-async',
    );
    expect(status).toBe(202);
    expect((await service.get(headers.get('Location') ?? '')).json.query).toBe(query);
  });

  test.each([
    ['in a name that is encoded', '/generate?%71u%65ry=x'],
    ['among others', '/generate?a=1&query=x&b=2&c&=d'],
    ['with a slash behind the path', '/generate/?query=x'],
    ['in the absolute form of a URL', 'http://x/generate?query=x'],
  ])('are found %s', async (_, target) => {
    const { status, headers } = await rawGet(service.url, target, 'Prefer: respond-async');
    expect(status).toBe(202);
    expect((await service.get(headers.get('Location') ?? '')).json.query).toBe('x');
  });

  test('may be as long as MAX_QUERY_CHARS with every character escaped', async () => {
    await using roomy = await startService({ worker: false });
    const query = '𝒳'.repeat(8_000);
    const { status, headers } = await rawGet(
      roomy.url,
      `/generate?query=${encodeURIComponent(query)}`,
      'Prefer: respond-async',
    );
    expect(status).toBe(202);
    expect((await roomy.get(headers.get('Location') ?? '')).json.query).toBe(query);
  });
});

describe('invalid queries', () => {
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
  ])('get missing-query with %s', async (_, target) => {
    expectProblem(await rawGet(service.url, target), 'missing-query', 400);
  });

  test('name the parameter that was probably meant as query', async () => {
    const { json } = await rawGet(service.url, '/generate?prompt=hello');
    expect(json.detail).toContain('There is no parameter prompt. Add a query');
  });

  test.each([
    ['max_cost=1', 'maxCostUsd'],
    ['deadline-seconds=60', 'deadlineSeconds'],
    ['Coalesce=false', 'coalesce'],
    ['onDisconnect=cancel', 'on_disconnect'],
  ])('get invalid-parameter with the misspelled parameter %s', async (more, meant) => {
    const reply = await rawGet(service.url, `/generate?query=x&${more}`);
    expectProblem(reply, 'invalid-parameter', 400);
    expect(reply.json.detail).toContain(`Did you mean ${meant}?`);
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
  ])('get blank-query: %s', async (_, target) => {
    expectProblem(await rawGet(service.url, target), 'blank-query', 422);
  });

  test.each([
    ['twice', '/generate?query=a&query=b'],
    ['twice the same', '/generate?query=a&query=a'],
    ['once blank', '/generate?query=a&query='],
    ['once encoded', '/generate?query=a&%71uery=b'],
  ])('get repeated-query if given %s', async (_, target) => {
    expectProblem(await rawGet(service.url, target), 'repeated-query', 400);
  });

  test.each([
    ['in ASCII', 'x'.repeat(LIMIT + 1)],
    ['in spaces around a word', `${' '.repeat(LIMIT)}x`],
    ['in CJK', '字'.repeat(LIMIT + 1)],
    ['in emoji', '🙂'.repeat(LIMIT + 1)],
  ])('get query-too-long if too long %s', async (_, query) => {
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
  ])('get invalid-encoding with %s', async (_, target) => {
    expectProblem(await rawGet(service.url, target), 'invalid-encoding', 400);
  });

  test.each(['%00', 'a%00b', '%07', '%08', '%0B', '%0C', '%1B[31m', '%7F', '%C2%80', '%C2%9F'])(
    'get unreadable-query with the control character in %s',
    async (query) => {
      expectProblem(await rawGet(service.url, `/generate?query=x${query}`), 'unreadable-query', 422);
    },
  );

  test('report the encoding first, then the repetition, then the length', async () => {
    const long = 'x'.repeat(LIMIT + 1);
    expectProblem(await rawGet(service.url, `/generate?query=${long}&query=${long}`), 'repeated-query', 400);
    expectProblem(await rawGet(service.url, `/generate?query=${long}&query=%ff`), 'invalid-encoding', 400);
  });
});

describe('readOnce', () => {
  let service: Service;
  let job: string;
  beforeAll(async () => {
    service = await startService({ worker: false });
    job = await service.begin();
  });
  afterAll(async () => {
    const { json } = await service.get('/jobs');
    expect(json.jobs, 'a rejected request starts no job').toMatchObject([{ status: 'queued' }]);
    await service[Symbol.asyncDispose]();
  });

  test.each([
    ['wait', '?wait=0&wait=3000'],
    ['after', '/events?after=0&after=1'],
  ])('rejects %s given twice', async (name, rest) => {
    const reply = await rawGet(service.url, `${job}${rest}`);
    expectProblem(reply, 'invalid-parameter', 400);
    expect(reply.json.detail).toContain(name);
  });

  test('rejects coalesce given twice', async () => {
    const path = '/generate?query=x&coalesce=true&coalesce=false';
    expectProblem(await rawGet(service.url, path), 'invalid-parameter', 400);
  });

  test('rejects two Last-Event-ID headers', async () => {
    const two = ['Last-Event-ID: 1', 'Last-Event-ID: 2'];
    expectProblem(await rawGet(service.url, `${job}/events`, ...two), 'malformed-cursor', 400);
  });
});
