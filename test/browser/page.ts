import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HANG_MS } from '@codegen/testing/timeouts';
import axe, { type AxeResults } from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

/** Debian's Chromium. Without it the tests are skipped. */
const CHROMIUM = '/usr/bin/chromium';

export const hasChromium = existsSync(CHROMIUM);

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Screenshots of the test run. */
const SHOTS = join(import.meta.dirname, 'screenshots');

export async function startBrowser() {
  const data = await mkdtemp(join(tmpdir(), 'codegen-chromium-'));
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: FLAGS,
    env: { ...process.env, TMPDIR: data },
  });
  return {
    browser,
    async [Symbol.asyncDispose]() {
      await browser.close();
      await rm(data, { recursive: true, force: true });
    },
  };
}

interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** A tab with what its console reported. */
export interface Tab {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors and warnings of the console, exceptions, failed requests and requests to other hosts. */
  readonly faults: string[];
  close(): Promise<void>;
}

export async function openTab(browser: Browser, url: string, options: PageOptions = {}): Promise<Tab> {
  const { width = 1280, height = 800, colorScheme = 'light' } = options;
  const viewport = { width, height };
  const context = await browser.newContext({
    viewport,
    colorScheme,
    reducedMotion: 'reduce',
    acceptDownloads: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(HANG_MS);
  const faults: string[] = [];
  const { origin } = new URL(url);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    if (!/^(?:blob|data):/.test(request.url()) && new URL(request.url()).origin !== origin)
      faults.push(`request to ${request.url()}`);
  });
  await page.goto(url);
  return { page, context, faults, close: () => context.close() };
}

/** Asserts that axe finds no violation. The page's policy forbids scripts in the page, so axe runs in an isolated world. */
export async function expectAccessible(page: Page) {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>(
    "axe.run(document, { resultTypes: ['violations'] })",
  );
  const found = violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`).join(' | ')}`,
  );
  expect(found).toEqual([]);
}

/** Keeps a screenshot as an artefact of the test run, if `SCREENSHOTS` is set. */
export async function shoot(page: Page, name: string) {
  if (!process.env.SCREENSHOTS) return;
  await mkdir(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}

export const stateOf = (page: Page) => page.locator('h1.state');

/** Waits until the job on the page has a state. */
export const waitForState = (page: Page, state: RegExp) =>
  expect.poll(() => stateOf(page).textContent()).toMatch(state);

/** Types a request and sends it with the keyboard. */
export async function ask(page: Page, text: string) {
  await page.locator('#request').fill(text);
  await page.locator('#request').press('Control+Enter');
}
