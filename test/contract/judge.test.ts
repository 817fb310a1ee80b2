import { expect, test } from 'vitest';
import { openDocument } from './document.ts';
import type { Reply } from './exchange.ts';
import { judgeBy } from './judge.ts';

const document = openDocument({
  paths: {
    '/': {
      get: {
        responses: {
          200: {
            description: '',
            headers: { 'X-Count': { required: true, schema: { type: 'string', pattern: '^\\d+$' } } },
            content: {
              'application/json': { schema: { $ref: '#/components/schemas/Name' } },
              'text/event-stream': { schema: { $ref: '#/components/schemas/Name' } },
            },
          },
          204: { description: '' },
        },
      },
    },
  },
  components: {
    schemas: {
      Name: { type: 'object', properties: { name: { type: 'string' } }, additionalProperties: false },
    },
  },
});

const good = { status: 200, type: 'application/json', count: '1', body: '{"name": "Ada"}' };
const sent = ({ status, type, count, body, ...more }: Record<string, unknown> & typeof good): Reply => ({
  status,
  headers: new Headers({ 'Content-Type': type, ...(count && { 'X-Count': count }), ...more }),
  body,
});

const complaints = (reply: Reply) => judgeBy(document).complaints(document.operations[0]!, reply);

test.each([
  ['a status', { status: 418 }, /^status 418 is not described/],
  ['a media type', { type: 'text/html' }, /^media type text\/html is not described/],
  ['a member', { body: '{"age": 7}' }, /^body: data must NOT have additional properties/],
  ['a value', { body: '{"name": 7}' }, /^body: data\/name must be string/],
  ['an event', { type: 'text/event-stream', body: 'data: {}\n\ndata: 7\n\n' }, /^body: data must be object/],
  ['a header', { 'X-More': '1' }, /^header x-more is not described/],
  ['no header', { count: '' }, /^X-Count is missing/],
  ['the value of a header', { count: 'many' }, /^X-Count: data must match pattern/],
  ['a body', { status: 204, count: '' }, /^a body is not described/],
])('%s that is not as described is complained of', (_, fault, complaint) => {
  expect(complaints(sent({ ...good, ...fault }))).toEqual([expect.stringMatching(complaint)]);
});

test('what is as described is not complained of', () => {
  expect(complaints(sent(good))).toEqual([]);
  expect(complaints(sent({ ...good, type: 'text/event-stream', body: 'data: {}\n\n: ah\n\n' }))).toEqual([]);
  expect(complaints(sent({ ...good, status: 204, count: '', body: '' }))).toEqual([]);
});
