import { openApiDocument } from '@codegen/api/openapi';
import { expect } from 'vitest';
import { parseDocument } from '../openapi/document.ts';
import { createValidator } from '../openapi/validator.ts';
import type { Reply } from './service.ts';

const document = parseDocument(JSON.parse(JSON.stringify(openApiDocument())));
const validator = createValidator(document);
const operations = document.operations.map((operation) => ({
  operation,
  pattern: new RegExp(`^${operation.path.replace(/\{\w+\}/g, '[^/]+')}/?$`),
}));

/** Compares a response with the OpenAPI document. */
export function expectMatchesOpenApi(method: string, target: string, reply: Reply) {
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
