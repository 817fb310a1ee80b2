import { isSlim, type Layout, type Place } from './layout.ts';
import { type Point, pathOf } from './path.ts';

export interface Wire {
  readonly id: string;
  readonly from: string;
  /** A stage, `exit` (the answer) or `end` (of a route that is not taken). */
  readonly to: string;
  readonly route: string | null;
  readonly d: string;
}

export interface WireLabel {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly route: string;
  readonly isStrong?: boolean;
  readonly anchor?: 'start' | 'middle' | 'end';
}

/** The letter of a version on the wire that leaves its stage. */
export interface Badge {
  readonly x: number;
  readonly y: number;
  readonly stage: string;
}

export interface Wiring {
  readonly wires: Wire[];
  readonly labels: WireLabel[];
  readonly badges: Badge[];
}

const NOWHERE: Place = { x: 0, y: 0, w: 0, h: 0 };

export interface Ends {
  place(name: string): Place;
  into(name: string): Point;
  outOf(name: string): Point;
}

/** Where wires enter and leave the stages of a layout. */
export function endsOf({ places, isUpright }: Layout): Ends {
  const place = (name: string) => places[name] ?? NOWHERE;
  const into = (name: string): Point => {
    const at = place(name);
    if (isUpright) return [at.x + (isSlim(at) ? 8 : at.w / 2), at.y + (isSlim(at) ? 6 : 0)];
    return [at.x + (isSlim(at) ? 3 : 0), at.y + at.h / 2];
  };
  const outOf = (name: string): Point => {
    const at = place(name);
    return isUpright ? [into(name)[0], at.y + at.h - (isSlim(at) ? 6 : 0)] : [at.x + at.w, at.y + at.h / 2];
  };
  return { place, into, outOf };
}

export const add = (
  wiring: Wiring,
  from: string,
  to: string,
  points: readonly Point[],
  route: string | null = null,
) => wiring.wires.push({ id: `${from}>${to}`, from, to, route, d: pathOf(points) });
