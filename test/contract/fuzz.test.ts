import { openApiDocument } from '@codegen/api/openapi';
import { parseDocument } from '@codegen/testing/openapi/document';
import { sendRequest } from '@codegen/testing/openapi/http-request';
import { createValidator, type Validator } from '@codegen/testing/openapi/validator';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomRequest } from './random-request.ts';
import { setUp } from './scenario.ts';
import { type Site, startSite } from './site.ts';

const described = parseDocument(JSON.parse(JSON.stringify(openApiDocument())));
const RUNS = 60;

let site: Site;
let validator: Validator;
beforeAll(async () => {
  site = await startSite();
  validator = createValidator(site.document);
});
afterAll(() => site?.[Symbol.asyncDispose]());

describe('any request gets an answer as described, and no 500, 501, 502 or 503', () => {
  test.each(described.operations)('$operationId', async (operation) => {
    const { valid } = await setUp(site, operation);
    const requests = randomRequest(site.document, operation, valid);
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const reply = await sendRequest(site.url, request);
        // A 504 is allowed: the request may set a short deadline.
        expect([500, 501, 502, 503]).not.toContain(reply.status);
        expect(validator.responseErrors(operation, reply)).toEqual([]);
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });
});
