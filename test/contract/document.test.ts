import { openApiDocument } from '@codegen/api/openapi';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';

test('the document is OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(openApiDocument())));
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
});
