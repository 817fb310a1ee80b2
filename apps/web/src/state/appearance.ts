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
/** Whether the page is one column that has no room for the graph and the answer. */
export const isCramped = () => matchMedia('(max-width: 1079px) and (max-height: 999px)').matches;
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
