import type { Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { ask, openTab, startBrowser, type Tab, waitForState } from './page.ts';
import { type Site, startSite } from './site.ts';

export const SIMPLE = 'Write a Python function to reverse a string';
export const COMPLEX = 'Build a REST API for a todo list with authentication and rate limiting';
export const AMBIGUOUS = 'Make it better';

type Chrome = Awaited<ReturnType<typeof startBrowser>>;

/** The service and the browser that all tests share. */
export let site: Site;
export let chrome: Chrome;

export async function setUp() {
  [site, chrome] = await Promise.all([startSite(), startBrowser()]);
}

export async function tearDown() {
  await chrome?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
}

type Options = Parameters<typeof openTab>[2] & {
  /** Whether the browser may report failed requests. */
  readonly mayFail?: boolean;
};

/** Opens a tab that must report no fault by the end of the test. */
export async function open(path = '/', options: Options = {}): Promise<Page> {
  const tab: Tab = await openTab(chrome.browser, `${site.url}${path}`, options);
  onTestFinished(async () => {
    await tab.close();
    if (!options.mayFail) expect(tab.faults).toEqual([]);
  });
  return tab.page;
}

/** A page whose job has a state. */
export async function openJob(text: string, state: RegExp, options: Options = {}) {
  const page = await open('/', options);
  await ask(page, text);
  await waitForState(page, state);
  return page;
}

export const code = (page: Page) => page.locator('#panel .code').innerText();
export const stage = (page: Page, name: string) => page.locator('.node', { hasText: name });
