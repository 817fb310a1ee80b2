import { createHash } from 'node:crypto';
import { type Service, startService } from '@codegen/testing/api/service';
import { hangs, lost, reply, writes } from '@codegen/testing/models/replies';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium, shoot, startBrowser } from './page.ts';

const KEY = 'key-of-an-operator';

let service: Service;
let chrome: Awaited<ReturnType<typeof startBrowser>>;
let page: Page;
/** Hosts of all requests, and messages that the browser reports as errors. */
const hosts = new Set<string>();
const faults: string[] = [];

describe.skipIf(!hasChromium)('the dashboard of the queues', () => {
  beforeAll(async () => {
    const digest = createHash('sha256').update(KEY).digest();
    service = await startService({
      settings: { ADMIN_KEYS: [{ caller: 'root', digest }] },
      replies: {
        classify: (call, moments) =>
          reply(call.prompt.user.includes('simple') ? 'simple' : 'complex')(call, moments),
        answer: (call, moments) => (call.prompt.user.includes('fail') ? lost : writes)(call, moments),
        polish: (call, moments) => (call.prompt.user.includes('wait') ? hangs : writes)(call, moments),
      },
    });
    chrome = await startBrowser();
    const context = await chrome.browser.newContext({
      viewport: { width: 1280, height: 800 },
      httpCredentials: { username: 'operator', password: KEY },
    });
    page = await context.newPage();
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(error.message));
    for (const name of ['one', 'two', 'three'])
      await service.finished(await service.begin(`complex ${name}`));
    await service.finished(await service.begin('simple and fail'));
    await service.begin('complex and wait');
  });
  afterAll(async () => {
    await chrome?.[Symbol.asyncDispose]();
    await service?.[Symbol.asyncDispose]();
  });

  const show = (path: string) => page.goto(`${service.url}/admin/queues${path}`);
  const text = () => page.locator('#root').innerText();

  test('shows the queues with their jobs', async () => {
    await show('');
    await expect.poll(text).toMatch(/stages/);
    expect(await text()).toMatch(/webhooks/);
    await shoot(page, 'board');
    await show('/queue/stages?status=completed');
    await expect.poll(text).toMatch(/classify/);
    await shoot(page, 'board-queue');
  });

  test('shows the flow of a job', async () => {
    const path = await service.begin('complex flow');
    await service.finished(path);
    await page.setViewportSize({ width: 1280, height: 1150 });
    await show(`/queue/stages/${path.slice('/jobs/'.length)}`);
    await expect.poll(text).toMatch(/enhance\.interpreted/);
    await shoot(page, 'board-job');
  });

  test('requests nothing of another host, and violates no policy of its own', () => {
    expect([...hosts]).toEqual([new URL(service.url).host]);
    expect(faults).toEqual([]);
  });
});
