import { expect } from 'vitest';
import { parseDocument } from '../../../test/contract/document.ts';
import { createValidator } from '../../../test/contract/validator.ts';
import { openApiDocument } from '../src/openapi.ts';
import type { Reply } from './service.ts';

const document = parseDocument(JSON.parse(JSON.stringify(openApiDocument())));
const validator = createValidator(document);
const operations = document.operations.map((operation) => ({
  operation,
  pattern: new RegExp(`^${operation.path.replace(/\{\w+\}/g, '[^/]+')}/?$`),
}));

/** Compares a response with the OpenAPI document. */
export function expectDescribed(method: string, target: string, reply: Reply) {
  const [path = ''] = target.split('?', 1);
  const found = operations.find(
    ({ operation, pattern }) => operation.method === method.toLowerCase() && pattern.test(path),
  );
  if (found === undefined) return;
  const { status, headers, body } = reply;
  expect(validator.responseErrors(found.operation, { status, headers, body }), `${method} ${target}`).toEqual(
    [],
  );
}
