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

export const count = (n: number) => n.toLocaleString('en');

export const plural = (n: number, one: string, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** A model's name without its maker. */
export const shortModel = (model: string | null) =>
  model
    ?.split('/')
    .at(-1)
    ?.replace(/-instruct.*/, '') ?? '';

export const linesOf = (text: string) => (text === '' ? 0 : text.trimEnd().split('\n').length);

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
