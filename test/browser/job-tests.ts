import type { Fault } from '@codegen/simulator';
import { expect, test } from 'vitest';
import { ask, expectAccessible, shoot, stateOf, waitForState } from './page.ts';
import { AMBIGUOUS, COMPLEX, code, open, openJob, SIMPLE, site, stage } from './setup.ts';

/** Declares the tests of jobs: routes, faults, and what a person does with a job. */
export function testJobs() {
  test('shows the simple route, and copies and saves its file', async () => {
    const page = await openJob(SIMPLE, /Done/);
    expect(await code(page)).toContain('def ');
    await expect.poll(() => stage(page, 'answer').innerText()).toMatch(/tok/);
    await expect.poll(() => stage(page, 'polish').getAttribute('class')).toContain('faded');
    await page.waitForSelector('.tk-k');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.keyboard.press('c');
    await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toContain('def ');
    const saved = page.waitForEvent('download');
    await page.getByTitle('Download this file').click();
    expect((await saved).suggestedFilename()).toMatch(/\.py$/);
    await expectAccessible(page);
    await shoot(page, 'simple');
  });

  test('shows the complex route, and why its answer is as it is', async () => {
    const page = await openJob(COMPLEX, /Done/);
    await expect.poll(() => page.locator('.node.done').count()).toBe(8);
    await expectAccessible(page);
    await shoot(page, 'complex');
    await page.keyboard.press('w');
    await page.locator('.verdict-block').waitFor();
    await expect
      .poll(() => page.locator('.verdict-block h3').innerText())
      .toMatch(/^The reviewer chose [AB]′/);
    await expect.poll(() => page.locator('.split .dl.add').count()).toBeGreaterThan(0);
    const unchanged = page.locator('.split .skip-row').first();
    const count = Number.parseInt(await unchanged.innerText(), 10);
    const before = await page.locator('.split .pair').count();
    await unchanged.press('Enter');
    await expect.poll(() => page.locator('.split .pair').count()).toBe(before + count);
    await expectAccessible(page);
    await shoot(page, 'why');
    await page.getByRole('tab', { name: 'Stages' }).click();
    await expectAccessible(page);
    await page.getByRole('tab', { name: 'Bill' }).click();
    await expect.poll(() => page.locator('tbody tr').count()).toBe(8);
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('dialog[open]').count()).toBe(0);
  });

  test('shows what each version returned for the test cases', async () => {
    const page = await openJob(COMPLEX, /Done/);
    const versions = ['generate.direct', 'enhance.interpreted', 'enhance.direct'].map((stage, index) => ({
      stage,
      load: 'loaded',
      reason: null,
      results: [
        index === 0 ? { verdict: 'failed', actual: '<b>41</b>' } : { verdict: 'passed', actual: '42' },
        { verdict: 'timeout', actual: null },
      ],
    }));
    const one = { kind: 'call', input: 'answer("?")', expected: '42', isExample: true, counted: true };
    const other = { kind: 'stdin', input: '9'.repeat(900), expected: null, isExample: false, counted: false };
    const verification = { cases: [one, other], versions, choice: null, reason: '' };
    await page.route(/\/jobs\/[\da-f-]{36}$/, async (route) => {
      if (route.request().resourceType() === 'document') return route.continue();
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), verification } });
    });
    await page.reload();
    await waitForState(page, /Done/);
    await page.keyboard.press('w');
    const rows = page.locator('.cases tbody tr');
    await rows.first().waitFor();
    await expect.poll(() => rows.first().innerText()).toMatch(/answer\("\?"\).*from the request/s);
    expect(await rows.first().locator('.fail').allInnerTexts()).toEqual(['<b>41</b>']);
    await expect.poll(() => rows.last().innerText()).toContain('not counted');
    expect(await page.locator('.cases tfoot td.v').allInnerTexts()).toEqual(['0/1', '1/1', '1/1']);
    await expectAccessible(page);
    await shoot(page, 'test-cases');
    await page.setViewportSize({ width: 360, height: 740 });
    await expect.poll(() => page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  });

  test('offers provisional code, which ends the job when it is taken', async () => {
    site.simulator.faults.add({ match: { stage: 'compare' }, fault: { kind: 'hang', afterTokens: 3 } });
    const page = await openJob(COMPLEX, /Running/);
    await page.getByText('Provisional: version B′.').waitFor();
    await expectAccessible(page);
    await shoot(page, 'provisional');
    await page.keyboard.press('a');
    await page.getByText('Press a again to take the provisional code.').waitFor();
    await page.keyboard.press('a');
    await waitForState(page, /taken by you/);
    expect(await code(page)).toContain('import');
    await expect.poll(() => page.locator('.notice').innerText()).toContain('You took the provisional code.');
  });

  test('cancels a job and runs it again', async () => {
    site.simulator.faults.add({ match: { stage: 'answer' }, fault: { kind: 'hang', afterTokens: 20 } });
    const page = await openJob(SIMPLE, /Running/);
    await page.locator('.stream code', { hasText: /\w/ }).first().waitFor();
    // Words that are typed outside of a field are no shortcuts, though x cancels.
    // At once: after 250 ms between two keys, the first one counts as a shortcut.
    await Promise.all([...'fix x'].map((key) => page.keyboard.press(key)));
    await expect.poll(() => page.locator('#request').inputValue()).toBe('fix x');
    await page.getByText('You can send this when the job is done.').waitFor();
    expect(await stateOf(page).textContent()).toContain('Running');
    await page.keyboard.press('Escape');
    await page.keyboard.press('x');
    await page.getByText('Press x again to cancel the job.').waitFor();
    await page.keyboard.press('x');
    await waitForState(page, /Cancelled/);
    await shoot(page, 'cancelled');
    site.simulator.faults.clear();
    await page.getByRole('button', { name: 'Run it again' }).click();
    await waitForState(page, /Done/);
  });

  test('continues a thread: a question, its answer and a follow-up with its changes', async () => {
    const page = await openJob(AMBIGUOUS, /Has a question/);
    await expectAccessible(page);
    await shoot(page, 'question');
    await page.locator('.ask input').first().fill('a Python function that reverses a string');
    await page.getByRole('button', { name: /Answer and go on/ }).click();
    await waitForState(page, /Done/);
    await expect.poll(() => page.locator('.turn').count()).toBe(2);
    const first = await code(page);
    await ask(page, 'Write it for words too, as a Python function to count words');
    await page.locator('.turn').nth(2).waitFor();
    await waitForState(page, /Done/);
    expect(first).not.toBe('');
    await expect.poll(() => page.locator('.turn.current .diff .dl').count()).toBeGreaterThan(0);
    await page.getByRole('tab', { name: 'Changes' }).click();
    await page.locator('#panel .diff').waitFor();
    await expectAccessible(page);
    await shoot(page, 'follow-up');
    await page.locator('.turn a.said').first().click();
    await waitForState(page, /Has a question/);
    await page.goBack();
    await waitForState(page, /Done/);
  });

  test('shows the same after a reload, and goes on when its worker has stopped', async () => {
    site.simulator.faults.add({ match: { stage: 'polish' }, fault: { kind: 'hang', afterTokens: 10 } });
    // The browser reports the 503 of /readyz.
    const page = await openJob(COMPLEX, /Running/, { mayFail: true });
    await page.locator('.node.running', { hasText: 'polish' }).waitFor();
    await page.reload();
    await page.locator('.node.running', { hasText: 'polish' }).waitFor();
    await expect.poll(() => page.locator('.node.done').count()).toBe(7);
    await expect.poll(() => page.locator('.node.running .peek').innerText()).not.toBe('no text yet');
    await site.stopWorker();
    try {
      await page.getByText('No worker is running.').waitFor();
      await expectAccessible(page);
      await shoot(page, 'no-worker');
    } finally {
      site.simulator.faults.clear();
      await site.startWorker();
    }
    await waitForState(page, /Done/);
    await expect.poll(() => page.getByText('No worker is running.').count()).toBe(0);
  });

  test('says that the connection is lost, stops its clock, and goes on with the service', async () => {
    site.simulator.faults.add({ match: { stage: 'answer' }, fault: { kind: 'hang', afterTokens: 20 } });
    const page = await openJob(SIMPLE, /Running/, { mayFail: true });
    await page.locator('.stream code', { hasText: /\w/ }).first().waitFor();
    await page.context().setOffline(true);
    await page.getByText('No connection to the service.').waitFor();
    const time = () => page.locator('.facts-row').innerText();
    const before = await time();
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 300))');
    expect(await time()).toBe(before);
    await page.context().setOffline(false);
    await expect.poll(() => page.getByText('No connection to the service.').count()).toBe(0);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await waitForState(page, /Cancelled/);
  });

  test('runs again from a stage with another model, and reuses the rest', async () => {
    const page = await openJob(COMPLEX, /Done/);
    const before = page.url();
    const calls = site.simulator.calls().length;
    await stage(page, 'compare').locator('.card').click();
    await page.getByLabel('Model for compare').selectOption('demo/reviewer');
    await page.getByRole('button', { name: 'Run again from here' }).click();
    await page.waitForURL((url) => url.href !== before);
    await waitForState(page, /Done/);
    const made = site.simulator.calls().slice(calls);
    expect(made.map(({ stage }) => stage)).toEqual(['compare', 'polish']);
    expect(made.every(({ model }) => model === 'demo/reviewer')).toBe(true);
    await expect.poll(() => page.locator('.node', { hasText: 'reused' }).count()).toBe(6);
    await shoot(page, 'rerun');
  });

  test('shows a degraded answer with its reasons', async () => {
    site.simulator.faults.add({
      match: { stage: 'enhance.direct' },
      fault: { kind: 'refusal', finishReason: 'refusal' },
    });
    const page = await openJob(COMPLEX, /degraded/);
    await expect.poll(() => page.locator('.notice.amber').innerText()).toContain('enhance.direct');
    await expectAccessible(page);
    await shoot(page, 'degraded');
  });

  // Last: these faults open circuit breakers.
  test.each<[Fault['kind'], Fault, RegExp]>([
    ['rate-limit', { kind: 'rate-limit', retryAfterSeconds: 1 }, /Done$/],
    ['no-credit', { kind: 'no-credit' }, /Failed/],
    ['bad-key', { kind: 'bad-key' }, /Failed/],
    ['truncated', { kind: 'truncated' }, /Failed|degraded/],
    ['refusal', { kind: 'refusal', finishReason: 'refusal' }, /Failed|degraded/],
    ['error-mid-stream', { kind: 'error-mid-stream' }, /Done|Failed|degraded/],
    ['cut', { kind: 'cut' }, /Done|Failed|degraded/],
    ['garbage', { kind: 'garbage' }, /Done|Failed|degraded/],
  ])('says what happened after the fault %s', async (kind, fault, state) => {
    const times = kind === 'rate-limit' ? { times: 1 } : {};
    site.simulator.faults.add({ match: { stage: 'answer' }, fault, ...times });
    const page = await open();
    await ask(page, SIMPLE);
    if (kind === 'rate-limit') {
      await page.locator('.node.retrying .note').waitFor();
      await shoot(page, 'retrying');
    }
    await waitForState(page, state);
    await shoot(page, `fault-${kind}`);
    if ((await stateOf(page).textContent())?.includes('Failed')) {
      expect((await page.locator('.message').innerText()).length).toBeGreaterThan(40);
      await expectAccessible(page);
    }
  });
}
