import { expect } from 'vitest';
import { openDocument } from '../../../test/contract/document.ts';
import { judgeBy } from '../../../test/contract/judge.ts';
import { openApiDocument } from '../src/openapi.ts';
import type { Reply } from './service.ts';

const document = openDocument(JSON.parse(JSON.stringify(openApiDocument())));
const judge = judgeBy(document);
const operations = document.operations.map((operation) => ({
  operation,
  pattern: new RegExp(`^${operation.path.replace(/\{\w+\}/g, '[^/]+')}/?$`),
}));

/** Asserts that a response conforms to the OpenAPI document. */
export function expectDescribed(method: string, target: string, reply: Reply) {
  const [path = ''] = target.split('?', 1);
  const found = operations.find(
    ({ operation, pattern }) => operation.method === method.toLowerCase() && pattern.test(path),
  );
  if (found === undefined) return;
  const { status, headers, body } = reply;
  expect(judge.complaints(found.operation, { status, headers, body }), `${method} ${target}`).toEqual([]);
}
