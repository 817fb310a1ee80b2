import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { testJobs } from './job-tests.ts';
import { hasChromium } from './page.ts';
import { testPage } from './page-tests.ts';
import { setUp, site, tearDown } from './setup.ts';

if (!hasChromium) console.warn('Skipped the tests of the page: there is no /usr/bin/chromium.');

describe.skipIf(!hasChromium)('the playground', () => {
  beforeAll(setUp);
  afterAll(tearDown);
  afterEach(() => site.simulator.faults.clear());
  describe('the page', testPage);
  describe('a job', testJobs);
});
