import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { openApiDocument } from '../../apps/api/src/openapi.ts';

test('the document is OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(openApiDocument())));
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
});
