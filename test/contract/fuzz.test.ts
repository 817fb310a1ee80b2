import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApiDocument } from '../../apps/api/src/openapi.ts';
import { openDocument } from './document.ts';
import { exchange } from './exchange.ts';
import { fuzzedRequest } from './fuzzed.ts';
import { type Judge, judgeBy } from './judge.ts';
import { setScene } from './scene.ts';
import { openSite, type Site } from './site.ts';

const described = openDocument(JSON.parse(JSON.stringify(openApiDocument())));
const RUNS = 60;

let site: Site;
let judge: Judge;
beforeAll(async () => {
  site = await openSite();
  judge = judgeBy(site.document);
});
afterAll(() => site?.[Symbol.asyncDispose]());

describe('whatever is asked, the answer is as described and no fault of the service', () => {
  test.each(described.operations)('$operationId', { timeout: 180_000 }, async (operation) => {
    const { valid } = await setScene(site, operation);
    const requests = fuzzedRequest(site.document, operation, valid);
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const reply = await exchange(site.url, request);
        // A deadline may be too short.
        expect([500, 501, 502, 503]).not.toContain(reply.status);
        expect(judge.complaints(operation, reply)).toEqual([]);
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });
});
