import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { expect, onTestFinished, test } from 'vitest';
import { ask, expectAccessible, openTab, shoot, waitForState } from './page.ts';
import { COMPLEX, chrome, code, open, openJob, SIMPLE, site } from './setup.ts';
import { KEY } from './site.ts';

/** Declares the tests of the page: weight, looks, keyboard, texts of any kind, history and keys. */
export function testPage() {
  test('starts light or dark, with an example that fills the request', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open('/', { colorScheme });
      await expectAccessible(page);
      await shoot(page, `start-${colorScheme}`);
    }
    const page = await open();
    await page.getByRole('button', { name: /reverses the words/ }).click();
    await expect.poll(() => page.locator('#request').inputValue()).toContain('reverses the words');
  });

  test('weighs at most 300 KB before code is highlighted', async () => {
    const page = await open();
    const sizes = await page.evaluate(() =>
      performance
        .getEntries()
        .flatMap((entry) => ('encodedBodySize' in entry ? [Number(entry.encodedBodySize)] : [])),
    );
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(10_000);
    expect(total).toBeLessThan(300_000);
  });

  test('shows 200 KB of code and saves several files as an archive', async () => {
    const long = Array.from({ length: 5_000 }, (_, n) => `value_${n} = "a line of the very long file"`).join(
      '\n',
    );
    const text = `main.py\n\`\`\`python\n${long}\n\`\`\`\n\nlib/other.py\n\`\`\`python\nx = 1\n\`\`\`\n`;
    site.simulator.faults.add({ match: { stage: 'answer' }, fault: { kind: 'text', text } });
    const page = await openJob(SIMPLE, /Done/);
    expect((await page.locator('#panel .line').count()) - 5_000).toBeLessThan(2);
    expect((await page.locator('#panel code').textContent())?.length).toBeGreaterThan(200_000);
    const saved = page.waitForEvent('download');
    await page.getByTitle('Download all files as .zip').click();
    const archive = unzipSync(readFileSync(await (await saved).path()));
    expect(Object.keys(archive).toSorted()).toEqual(['lib/other.py', 'main.py']);
    await shoot(page, 'long');
  });

  test('shows hostile text as text', async () => {
    const hostile =
      '"><script>window.hacked = 1</script><img src=x onerror="window.hacked = 1"><svg onload=alert(1)>';
    const text = `\`\`\`html\n${hostile}\n<!-- \u202eadmin -->\n\`\`\``;
    site.simulator.faults.add({ match: { stage: 'answer' }, fault: { kind: 'text', text } });
    // Short, so that the request stays simple.
    const request = `${SIMPLE} <img src=x onerror="hacked = 1">\u202e`;
    const page = await openJob(request, /Done/);
    await expect.poll(() => code(page)).toContain(hostile);
    // A character that reverses what follows it is seen, and reverses nothing.
    expect(await page.locator('#panel .ordering').getAttribute('data-code')).toBe('U+202E');
    await expect.poll(() => page.locator('.turn .said').innerText()).toContain('<img src=x');
    await page.keyboard.press('w');
    await page.locator('.stages-view').waitFor();
    // The page sees a dialog close shortly after the browser has closed it. A key in between counts.
    await page.evaluate(`document.querySelector('dialog[open]').close();
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'h', bubbles: true }));`);
    await page.locator('.jobs li').first().waitFor();
    expect(await page.evaluate("'hacked' in window")).toBe(false);
    expect(await page.locator('main img, main script').count()).toBe(0);
    await shoot(page, 'hostile');
  });

  test('finds, pins and deletes jobs in the history', async () => {
    const word = `needle${Date.now()}`;
    const page = await openJob(`${SIMPLE} ${word}`, /Done/);
    page.on('dialog', (dialog) => void dialog.accept());
    await page.keyboard.press('h');
    await page.getByLabel('Search your jobs').fill(word);
    await expect.poll(() => page.locator('.jobs li').count()).toBe(1);
    await expect.poll(() => page.locator('.jobs mark').innerText()).toBe(word);
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Pin', exact: true }).click();
    await page.getByRole('heading', { name: 'Pinned' }).waitFor();
    await shoot(page, 'history');
    await page.getByRole('button', { name: 'failed', exact: true }).click();
    await page.getByText('No job matches.').waitFor();
    await page.getByRole('button', { name: 'all', exact: true }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No job matches.').waitFor();
    await page.waitForURL(`${site.url}/`);
  });

  test('works with the keyboard alone', async () => {
    const page = await open();
    await page.keyboard.type(SIMPLE);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('#options-box').waitFor();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => page.locator('#options-sum').innerText()).toBe('fast');
    await expectAccessible(page);
    await shoot(page, 'options');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('options-button');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await waitForState(page, /Done/);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.keyboard.press('n');
    await page.locator('.hero').waitFor();
  });

  test('fits a phone in every state', async () => {
    const page = await open('/', { width: 360, height: 740, colorScheme: 'dark' });
    const expectFit = async (name: string) => {
      expect(await page.evaluate('document.documentElement.scrollWidth'), name).toBe(360);
      await expectAccessible(page);
      await shoot(page, `phone-${name}`);
    };
    await expectFit('start');
    site.simulator.faults.add({ match: { stage: 'polish' }, fault: { kind: 'hang', afterTokens: 10 } });
    await ask(page, COMPLEX);
    // The graph folds when there is code, which would be below it.
    await page.locator('.fold-line span', { hasText: 'polish' }).locator('.glyph.running').waitFor();
    await expectFit('provisional');
    await page.getByLabel('Show the graph').click();
    await page.locator('.node.running', { hasText: 'polish' }).waitFor();
    await expectFit('running');
    await page.getByRole('button', { name: 'Take this one' }).click();
    await waitForState(page, /taken/);
    await expectFit('done');
    // The request box grows while it has the focus, and must not take the button from below the pointer.
    await page.locator('#request').focus();
    await page.locator('#options-button').click();
    await page.locator('#options-box').waitFor();
    await expectFit('options');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Why this answer' }).click();
    await page.locator('.verdict-block').waitFor();
    await expectFit('why');
    await page.keyboard.press('Escape');
    await page.getByTitle('History (h)').click();
    await page.locator('.jobs li').first().waitFor();
    await expectFit('history');
  });

  test('asks for a key and keeps it in the tab only', async () => {
    const url = await site.startKeyed();
    const tab = await openTab(chrome.browser, url);
    onTestFinished(() => tab.close());
    const { page } = tab;
    await page.getByLabel('Key', { exact: true }).fill(KEY);
    await expectAccessible(page);
    await shoot(page, 'key');
    await page.getByLabel('Key', { exact: true }).press('Enter');
    await ask(page, SIMPLE);
    await waitForState(page, /Done/);
    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, document.cookie])')).not.toContain(KEY);
    await page.reload();
    await waitForState(page, /Done/);
    const other = await openTab(chrome.browser, page.url());
    onTestFinished(() => other.close());
    await other.page.getByLabel('Key', { exact: true }).waitFor();
    expect(tab.faults).toEqual([]);
    // The limit of this key is reached: the page says when to try again, and keeps the text.
    await ask(page, 'Add a docstring');
    await page
      .getByRole('alert')
      .filter({ hasText: /Try again in \d+ seconds/ })
      .waitFor();
    expect(await page.locator('#request').inputValue()).toBe('Add a docstring');
    await expectAccessible(page);
    await shoot(page, 'limited');
  });

  test('works below a path, as does the page of the API', async () => {
    const proxy = await site.startPrefixed();
    const tab = await openTab(chrome.browser, `${proxy.url}/`);
    onTestFinished(() => tab.close());
    const { page } = tab;
    await ask(page, SIMPLE);
    await waitForState(page, /Done/);
    expect(page.url()).toMatch(`${proxy.url}/jobs/`);
    await page.reload();
    await waitForState(page, /Done/);
    await page.getByRole('link', { name: 'Codegen, new request' }).click();
    expect(page.url()).toBe(`${proxy.url}/`);
    await page.locator('.hero').waitFor();
    await page.goto(`${proxy.url}/docs`);
    await page.locator('#operations-Jobs-createJob').waitFor();
    await expect.poll(() => page.locator('.servers select').inputValue()).toBe(proxy.url);
    expect([tab.faults, proxy.missed]).toEqual([[], []]);
  });

  test('says that a job does not exist', async () => {
    const page = await open('/jobs/01890a5d-ac96-774b-bcce-b302099a8057', { mayFail: true });
    await page.getByText('There is no such job').waitFor();
    await page.getByRole('button', { name: 'New request' }).click();
    await page.locator('.hero').waitFor();
  });
}
