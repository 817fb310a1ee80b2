import type { Random } from './random.ts';

export const KINDS = ['simple', 'complex', 'ambiguous'] as const;
export type Kind = (typeof KINDS)[number];

/** How a client asks: waits for the answer, polls a job, or follows its events. */
export const WAYS = ['sync', 'poll', 'events'] as const;
export type Way = (typeof WAYS)[number];

/** A request of the load. */
export interface Asked {
  /** Comes back in every step of its own run, and in no other's. */
  readonly marker: string;
  readonly kind: Kind;
  readonly way: Way;
}

/** All of one length, so that nothing that is cut off at a length differs between requests. */
export const markerOf = (index: number) => `mk${String(index).padStart(6, '0')}x`;

const MARKER = /mk\d{6}x/g;

export const markersIn = (text: string): string[] => [...new Set(text.match(MARKER) ?? [])];

export const markerIn = (text: string): string | undefined => text.match(MARKER)?.[0];

export const queryOf = ({ kind, marker }: Pick<Asked, 'kind' | 'marker'>): string =>
  ({
    simple: `Write a Python function called ${marker} to reverse a string`,
    complex: `Build a REST API for ${marker}, a todo list with authentication and rate limiting`,
    ambiguous: `Make ${marker} better`,
  })[kind];

/** As people ask: mostly for something simple, and a third for something big. */
export const drawn = (index: number, random: Random): Asked => ({
  marker: markerOf(index),
  kind: random.pick(['simple', 'simple', 'complex', 'complex', 'ambiguous']),
  way: random.pick(WAYS),
});
