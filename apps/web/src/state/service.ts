import { type Client, createClient } from '@codegen/client';
import type { Effort } from '@codegen/contract';
import { signal } from '@preact/signals';
import { BASE } from './base.ts';

/** What the page needs to know about the service before the first request. */
export interface Features {
  /** Whether the service requires an API key. */
  readonly apiKeys: boolean;
  /** Whether the operator shows prompts and raw answers. */
  readonly prompts: boolean;
  /** Models that callers may choose. */
  readonly models: readonly string[];
  readonly maxQueryChars: number;
  /** That of requests that name none. */
  readonly effort: Effort;
  /** Whether the code of complex requests is run on test cases. */
  readonly testCases: boolean;
  /** What the operator has to say to everyone; null for nothing. */
  readonly notice: string | null;
}

const UNKNOWN: Features = {
  apiKeys: false,
  prompts: false,
  models: [],
  maxQueryChars: 8_000,
  effort: 'balanced',
  testCases: false,
  notice: null,
};

export const features = signal<Features>(UNKNOWN);

/** Reads the service's description. Without it, the page works with the defaults. */
export async function loadFeatures() {
  const response = await fetch(`${BASE}/`, { headers: { Accept: 'application/json' } });
  const about = await response.json();
  features.value = { ...UNKNOWN, ...about?.features };
}

const KEY = 'codegen.key';

/** The API key, stored for this tab only; null if none was entered. */
export const apiKey = signal<string | null>(sessionStorage.getItem(KEY));

/** Whether the service has rejected the key, or requires one. */
export const keyNeeded = signal(false);

export function setApiKey(key: string) {
  sessionStorage.setItem(KEY, key);
  apiKey.value = key;
  keyNeeded.value = false;
}

export function forgetApiKey() {
  sessionStorage.removeItem(KEY);
  apiKey.value = null;
}

/** Server time minus the time of this machine, ms. `Date` has whole seconds, so the highest estimate is the closest. */
let clockOffset = Number.NEGATIVE_INFINITY;

/** Server time, ms. An offset within the resolution of `Date` counts as none. */
export const serverNow = () => {
  const isAgreed = clockOffset > -1_500 && clockOffset <= 0;
  return Date.now() + (isAgreed || !Number.isFinite(clockOffset) ? 0 : clockOffset);
};

/** Whether the last request got an answer, of whatever kind. */
export const isReachable = signal(true);

/** Fetches, and learns from it whether the service answers, what time it has, and whether it accepts the key. */
export async function fetchFromService(...args: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...args).catch((error: unknown) => {
    // An aborted request says nothing about the service.
    if (!(error instanceof DOMException && error.name === 'AbortError')) isReachable.value = false;
    throw error;
  });
  isReachable.value = true;
  const date = Date.parse(response.headers.get('Date') ?? '');
  if (!Number.isNaN(date)) clockOffset = Math.max(clockOffset, date - Date.now());
  if (response.status === 401) keyNeeded.value = true;
  return response;
}

let client: { readonly key: string | null; readonly client: Client } | undefined;

/** The typed client with the current key. */
export function service(): Client {
  const key = apiKey.value;
  if (client?.key !== key) {
    const options = { baseUrl: BASE, fetch: fetchFromService, ...(key !== null && { apiKey: key }) };
    client = { key, client: createClient(options) };
  }
  return client.client;
}
