export const seconds = (s: number) => {
  if (s >= 3_600) return `${Math.floor(s / 3_600)} h ${Math.floor((s % 3_600) / 60)} min`;
  return s >= 60 ? `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s` : `${s.toFixed(1)} s`;
};

/** Seconds in few characters, for a card. */
export const brief = (s: number) => (s >= 9.95 && s < 60 ? `${Math.round(s)} s` : seconds(s));

export const dollars = (usd: number | null) => {
  if (usd === null) return '–';
  if (usd === 0) return '$0';
  return usd < 0.0001 ? '<$0.0001' : `$${usd.toFixed(4)}`;
};

/** A range of seconds without false precision. */
export function secondsRange({ low, high }: { readonly low: number; readonly high: number }): string {
  const round = (s: number) => (s < 60 ? Math.max(1, Math.round(s)) : Math.round(s / 10) * 10);
  const [from, to] = [round(low), round(high)];
  const text = (s: number) =>
    s < 60 ? `${s} s` : `${Math.floor(s / 60)} min ${s % 60 === 0 ? '' : `${s % 60} s`}`.trim();
  if (from === to) return `about ${text(to)}`;
  return to < 60 ? `${from} to ${to} s` : `${text(from)} to ${text(to)}`;
}

export const dollarsRange = ({ low, high }: { readonly low: number; readonly high: number }) =>
  dollars(low) === dollars(high) ? dollars(high) : `${dollars(low)} to ${dollars(high)}`;

export const count = (n: number) => n.toLocaleString('en');

export const plural = (n: number, one: string, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** A model's name without its maker. */
export const shortModel = (model: string | null) =>
  model
    ?.split('/')
    .at(-1)
    ?.replace(/-instruct.*/, '') ?? '';

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

export const sentence = (text: string) => `${capital(text)}${/[.!?…]$/.test(text) ? '' : '.'}`;

const LANGUAGE_NAMES: Readonly<Record<string, string>> = {
  javascript: 'JavaScript',
  typescript: 'TypeScript',
  jsx: 'JSX',
  tsx: 'TSX',
  csharp: 'C#',
  cpp: 'C++',
  php: 'PHP',
  sql: 'SQL',
  html: 'HTML',
  css: 'CSS',
  json: 'JSON',
  yaml: 'YAML',
};

/** A language as people write it. */
export const languageName = (language: string) => LANGUAGE_NAMES[language.toLowerCase()] ?? capital(language);

export const linesOf = (text: string) => (text === '' ? 0 : text.trimEnd().split('\n').length);
