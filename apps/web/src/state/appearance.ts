import { effect, signal } from '@preact/signals';

const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'codegen.theme';
const SINGLE_KEYS = 'codegen.single-keys';

const isTheme = (text: string | null): text is Theme => THEMES.some((theme) => theme === text);

const stored = localStorage.getItem(KEY);
export const theme = signal<Theme>(isTheme(stored) ? stored : 'system');

/** Whether single letters are shortcuts. */
export const singleKeys = signal(localStorage.getItem(SINGLE_KEYS) !== 'off');

/** Whether the graph is folded to one line. */
export const isFolded = signal(false);

export const isNarrow = () => matchMedia('(max-width: 699px)').matches;
export const isLow = () => matchMedia('(max-height: 1099px)').matches;
/** Whether the stages stand below each other: next to the conversation there is less room than alone. */
export const isGraphUpright = () =>
  matchMedia('(max-width: 959px), (min-width: 1080px) and (max-width: 1259px)').matches;
export const isOneColumn = () => matchMedia('(max-width: 1079px)').matches;
export const wantsCalm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

export function nextTheme() {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'system';
}

/** Applies and stores the choices. */
export function startAppearance() {
  effect(() => {
    if (theme.value === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme.value;
    localStorage.setItem(KEY, theme.value);
  });
  effect(() => localStorage.setItem(SINGLE_KEYS, singleKeys.value ? 'on' : 'off'));
}
