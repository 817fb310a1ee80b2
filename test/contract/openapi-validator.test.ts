import { parseDocument } from '@codegen/testing/openapi/document';
import type { Reply } from '@codegen/testing/openapi/http-request';
import { createValidator } from '@codegen/testing/openapi/validator';
import { expect, test } from 'vitest';

const document = parseDocument({
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
const replyOf = ({ status, type, count, body, ...more }: Record<string, unknown> & typeof good): Reply => ({
  status,
  headers: new Headers({ 'Content-Type': type, ...(count && { 'X-Count': count }), ...more }),
  body,
});

const errorsIn = (reply: Reply) => createValidator(document).responseErrors(document.operations[0]!, reply);

test.each([
  ['a status', { status: 418 }, /^status 418 is not described/],
  ['a media type', { type: 'text/html' }, /^media type text\/html is not described/],
  ['a member', { body: '{"age": 7}' }, /^body: data must NOT have additional properties/],
  ['a value', { body: '{"name": 7}' }, /^body: data\/name must be string/],
  ['an event', { type: 'text/event-stream', body: 'data: {}\n\ndata: 7\n\n' }, /^body: data must be object/],
  ['a header', { 'X-More': '1' }, /^header x-more is not described/],
  ['a missing header', { count: '' }, /^X-Count is missing/],
  ['the value of a header', { count: 'many' }, /^X-Count: data must match pattern/],
  ['a body', { status: 204, count: '' }, /^a body is not described/],
])('reports %s that is not as described', (_, fault, error) => {
  expect(errorsIn(replyOf({ ...good, ...fault }))).toEqual([expect.stringMatching(error)]);
});

test('reports nothing for a response that is as described', () => {
  expect(errorsIn(replyOf(good))).toEqual([]);
  expect(errorsIn(replyOf({ ...good, type: 'text/event-stream', body: 'data: {}\n\n: ah\n\n' }))).toEqual([]);
  expect(errorsIn(replyOf({ ...good, status: 204, count: '', body: '' }))).toEqual([]);
});
