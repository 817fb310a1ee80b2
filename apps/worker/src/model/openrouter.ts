/** How OpenRouter identifies this application. Other servers may reject headers and fields that they do not know. */
export interface Attribution {
  readonly appName: string;
  readonly httpReferer: string | null;
}

export const isOpenRouter = (baseUrl: string): boolean =>
  URL.canParse(baseUrl) && /(^|\.)openrouter\.ai$/.test(new URL(baseUrl).hostname);

/** Headers that OpenRouter uses in its app rankings and activity pages. */
export function attributionHeaders({ appName, httpReferer }: Attribution): Record<string, string> {
  const title = toAscii(appName);
  const referer = percentEncode(httpReferer ?? '');
  return {
    ...(title === '' ? {} : { 'X-OpenRouter-Title': title }),
    ...(referer === '' ? {} : { 'HTTP-Referer': referer }),
  };
}

/** Header values must be printable ASCII: `Génie` becomes `Genie`. */
const toAscii = (text: string) =>
  text
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]+/g, '')
    .trim();

const percentEncode = (url: string) =>
  url
    .trim()
    .toWellFormed()
    .replace(/[^\x21-\x7e]+/g, encodeURIComponent);
