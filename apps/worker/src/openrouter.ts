/** What OpenRouter understands beyond the common API. Other servers may refuse what they do not know. */
export interface Attribution {
  readonly appName: string;
  readonly httpReferer: string | null;
}

/** Reasoning is billed either way; it is of no use here, so it need not travel. */
export const OPENROUTER_BODY = { reasoning: { exclude: true } } as const;

export const isOpenRouter = (baseUrl: string): boolean =>
  URL.canParse(baseUrl) && /(^|\.)openrouter\.ai$/.test(new URL(baseUrl).hostname);

/** The headers by which OpenRouter names the app in its rankings and activity pages. */
export function attributionHeaders({ appName, httpReferer }: Attribution): Record<string, string> {
  const title = plain(appName);
  const referer = encoded(httpReferer ?? '');
  return {
    ...(title === '' ? {} : { 'X-OpenRouter-Title': title }),
    ...(referer === '' ? {} : { 'HTTP-Referer': referer }),
  };
}

/** A header with anything but printable ASCII makes fetch throw: `Génie` is sent as `Genie`. */
const plain = (text: string) =>
  text
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]+/g, '')
    .trim();

const encoded = (url: string) =>
  url
    .trim()
    .toWellFormed()
    .replace(/[^\x21-\x7e]+/g, encodeURIComponent);
