import { afterAll, beforeAll, expect, test } from 'vitest';
import { rawGet } from './raw-request.ts';
import { type Service, startService } from './service.ts';

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
])('%s', async (_, encoded, query) => {
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
])('the query is found %s', async (_, target) => {
  const { status, headers } = await rawGet(service.url, target, 'Prefer: respond-async');
  expect(status).toBe(202);
  expect((await service.get(headers.get('Location') ?? '')).json.query).toBe('x');
});

test('the longest query fits into the header limit with every character escaped', async () => {
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
