import type { JobState } from '../state/job-view.ts';
import type { StageState } from '../state/stages.ts';

const ICONS = {
  plus: 'M8 3.5v9M3.5 8h9',
  history: 'M8 5v3.2l2.2 1.4M2.6 8a5.4 5.4 0 1 0 1.7-3.9M2.5 2.8v2.7h2.7',
  theme: 'M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11',
  help: 'M6 6.3a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.3M8 11.6v.3',
  key: 'M10.5 2.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8.3 7.7l-5.3 5.3M4.6 11.4l1.6 1.6',
  copy: 'M6 6h7v7H6zM3.5 10V3.5H10',
  down: 'M8 2.5v7M5 7l3 3 3-3M3 13h10',
  zip: 'M3.5 2.5h9v11h-9zM8 2.5V4m0 1.5V7m0 1.5V10',
  close: 'M4 4l8 8M12 4l-8 8',
  search: 'M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10 10l3.2 3.2',
  pin: 'M5.5 2.5h5M6.5 2.5v4l-2 2.5h7l-2-2.5v-4M8 9v4.5',
  trash: 'M3.5 4.5h9M6.2 4.5V3h3.6v1.5M5 4.5l.5 8.5h5l.5-8.5',
  link: 'M6.5 9.5l3-3M7.2 4.8l1.4-1.4a2.8 2.8 0 0 1 4 4l-1.4 1.4M8.8 11.2l-1.4 1.4a2.8 2.8 0 0 1-4-4l1.4-1.4',
  rerun: 'M12.6 8.6A4.7 4.7 0 1 1 11.4 4.8M12.5 2.2v3.1H9.4',
  tune: 'M2.5 5h5M12 5h1.5M2.5 11h1.5M8.5 11h5M9.8 3.3a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4zM6.2 9.3a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4z',
  fold: 'M4 10l4-4 4 4',
  unfold: 'M4 6l4 4 4-4',
} as const;

export type IconName = keyof typeof ICONS;

export const Icon = ({ name }: { name: IconName }) => (
  <svg class={`icon ${name}`} viewBox="0 0 16 16" aria-hidden="true">
    <path d={ICONS[name]} />
  </svg>
);

/** One shape per state: the shape says it, the colour only repeats it. */
const GLYPHS: Readonly<Record<StageState | JobState, readonly string[]>> = {
  queued: ['M7 3.4a3.6 3.6 0 1 0 0 7.2 3.6 3.6 0 0 0 0-7.2z'],
  waiting: ['M7 3.4a3.6 3.6 0 1 0 0 7.2 3.6 3.6 0 0 0 0-7.2z'],
  running: ['M7 2a5 5 0 1 0 0 10A5 5 0 0 0 7 2z', 'M7 2a5 5 0 0 1 5 5'],
  retrying: ['M11.5 7.5a4.5 4.5 0 1 1-1.2-3.6', 'M11.2 1.6v2.9H8.3'],
  done: ['M2.5 7.6l3 3 6-7.2'],
  failed: ['M3.2 3.2l7.6 7.6', 'M10.8 3.2l-7.6 7.6'],
  skipped: ['M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z', 'M4.8 7h4.4'],
  degraded: ['M7 2a5 5 0 1 0 0 10A5 5 0 0 0 7 2z', 'M2 7a5 5 0 0 0 10 0z'],
  cancelled: ['M3.5 3.5h7v7h-7z'],
  asking: ['M4.7 5a2.3 2.3 0 1 1 3.4 2c-.7.4-1.1.9-1.1 1.7', 'M7 11.2v.3'],
};

export const WORDS: Readonly<Record<StageState | JobState, string>> = {
  queued: 'queued',
  waiting: 'waiting',
  running: 'running',
  retrying: 'retrying',
  done: 'done',
  failed: 'failed',
  skipped: 'skipped',
  degraded: 'degraded',
  cancelled: 'cancelled',
  asking: 'has a question',
};

export const Glyph = ({ state }: { state: StageState | JobState }) => (
  <svg class={`glyph ${state}`} viewBox="0 0 14 14" aria-hidden="true">
    {GLYPHS[state].map((d) => (
      <path key={d} d={d} />
    ))}
  </svg>
);

/** The line with which the reviewer's choice is circled. */
export const PENCIL = 'M61 6C38 1 9 9 6 29c-3 18 21 27 47 26 26-1 44-12 42-28C93 11 70 3 47 6c-6 1-13 3-17 5';

/** The letter of a version, circled if the reviewer chose it. */
export const Version = ({ name, chosen = false }: { name: string; chosen?: boolean }) => (
  <span class="version">
    {name}
    {chosen && (
      <>
        <svg class="pencil" viewBox="0 0 100 60" preserveAspectRatio="none" aria-hidden="true">
          <path d={PENCIL} pathLength={1} />
        </svg>
        <span class="sr"> (chosen)</span>
      </>
    )}
  </span>
);
