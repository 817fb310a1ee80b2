import type { Random } from '../random.ts';

export const KINDS = ['simple', 'complex', 'ambiguous'] as const;
export type Kind = (typeof KINDS)[number];

/** How a client waits: synchronously, by polling the job, or by its events. */
export const MODES = ['sync', 'poll', 'events'] as const;
export type Mode = (typeof MODES)[number];

/** A request of the load. */
export interface TestRequest {
  /** Unique text that the simulator repeats in every step of the run. */
  readonly marker: string;
  readonly kind: Kind;
  readonly mode: Mode;
}

/** Markers have the same length, so that truncated texts do not differ between requests. */
export const markerOf = (index: number) => `mk${String(index).padStart(6, '0')}x`;

const MARKER = /mk\d{6}x/g;

export const markersIn = (text: string): string[] => [...new Set(text.match(MARKER) ?? [])];

export const markerIn = (text: string): string | undefined => text.match(MARKER)?.[0];

export const queryOf = ({ kind, marker }: Pick<TestRequest, 'kind' | 'marker'>): string =>
  ({
    simple: `Write a Python function called ${marker} to reverse a string`,
    complex: `Build a REST API for ${marker}, a todo list with authentication and rate limiting`,
    ambiguous: `Make ${marker} better`,
  })[kind];

/** A random request: 40% simple, 40% complex, 20% ambiguous. */
export const randomRequest = (index: number, random: Random): TestRequest => ({
  marker: markerOf(index),
  kind: random.pick(['simple', 'simple', 'complex', 'complex', 'ambiguous']),
  mode: random.pick(MODES),
});
