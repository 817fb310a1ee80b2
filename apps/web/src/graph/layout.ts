import type { Route } from '@codegen/contract';
import { shortName } from '../state/stages.ts';

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly places: Readonly<Record<string, Place>>;
  readonly gap: number;
  /** X of the arrow that leads to the answer. */
  readonly exit: number;
  /** Whether the stages stand below each other. */
  readonly isUpright: boolean;
}

export interface Scene {
  /** The route whose stages are cards; the others are names on a wire. */
  readonly open: Route | null;
  /** Whether a job has begun. */
  readonly isStarted: boolean;
}

const CARD = 82;
const FLAT = 62;
const SLIM = 24;

export const isSlim = ({ h }: Place) => h === SLIM;
export const isFlat = ({ h }: Place) => h === FLAT;

const pen = document.createElement('canvas').getContext('2d');
if (pen) pen.font = '500 13px -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const slimWidth = (name: string) => 25 + (pen?.measureText(shortName(name)).width ?? 60);

/** Below this width the stages stand below each other. */
const WIDE = 760;

/** Places of all stages: cards on the open route, else a name on the wire. */
export const layoutOf = (width: number, scene: Scene): Layout =>
  width < WIDE ? tall(Math.min(width, 640), scene) : wide(width, scene);

function wide(width: number, { open, isStarted }: Scene): Layout {
  const places: Record<string, Place> = {};
  const gap = 36;
  const x0 = 36;
  const tail = 30;
  const card = Math.min(196, Math.floor((width - x0 - tail - gap * 4) / 5));
  const first = isStarted ? CARD : SLIM;
  const simple = open === 'simple' ? CARD : SLIM;
  const ambiguous = open === 'ambiguous' ? CARD : SLIM;
  const band = Math.max(first, simple + 10 + ambiguous);
  const top = (band - simple - 10 - ambiguous) / 2;
  const y1 = top + simple / 2;
  const y2 = top + simple + 10 + ambiguous / 2;
  const entryY = open === 'simple' ? y1 : open === 'ambiguous' ? y2 : band / 2;
  const put = (name: string, x: number, middle: number, h: number) => {
    places[name] = { x, y: middle - h / 2, w: h === SLIM ? slimWidth(name) : card, h };
  };
  put('classify', 0, entryY, first);
  const columns = [x0, ...[1, 2, 3, 4].map((n) => x0 + n * (card + gap))] as const;
  const side = Math.max(columns[1] ?? 0, (places.classify?.w ?? 0) + 100);
  put('answer', side, y1, simple);
  put('clarify', side, y2, ambiguous);

  const isDeep = open === 'complex';
  const lane = isDeep ? CARD : SLIM;
  const a = band + (isDeep ? 26 : 24) + lane / 2;
  const b = a + lane + (isDeep ? 30 : 20);
  put('interpret', x0, b, lane);
  put('generate.direct', columns[1] ?? 0, a, lane);
  put('generate.interpreted', columns[1] ?? 0, b, lane);
  put('enhance.direct', columns[2] ?? 0, a, lane);
  put('enhance.interpreted', columns[2] ?? 0, b, lane);
  put('compare', columns[3] ?? 0, (a + b) / 2, lane);
  put('polish', columns[4] ?? 0, (a + b) / 2, lane);
  const exit = Math.min(width - 12, (columns[4] ?? 0) + card + tail - 8);
  return { width, height: b + lane / 2, places, gap, exit, isUpright: false };
}

function tall(width: number, { open, isStarted }: Scene): Layout {
  const places: Record<string, Place> = {};
  const half = (width - 14) / 2;
  const right = half + 14;
  let y = 0;
  const put = (name: string, x: number, w: number, h: number) => {
    places[name] = { x: h === SLIM ? x + w / 2 - 34 : x, y, w: h === SLIM ? slimWidth(name) : w, h };
  };
  const base = { width, exit: width / 2, isUpright: true };
  put('classify', 0, width, isStarted ? FLAT : SLIM);
  y += (isStarted ? FLAT : SLIM) + 26;
  if (open === 'simple' || open === 'ambiguous') {
    const [taken, other] = open === 'simple' ? ['answer', 'clarify'] : ['clarify', 'answer'];
    put(other ?? '', -10, half, SLIM);
    y += SLIM + 12;
    put(taken ?? '', 0, width, FLAT);
    return { ...base, height: y + FLAT, places, gap: 0 };
  }
  put('answer', -10, half, SLIM);
  put('clarify', half + 24, half, SLIM);
  y += SLIM + 34;
  const isDeep = open === 'complex';
  const lane = isDeep ? CARD : SLIM;
  const gap = isDeep ? 24 : 12;
  put('interpret', right, half, lane);
  y += lane + gap;
  for (const stage of ['generate', 'enhance']) {
    put(`${stage}.direct`, 0, half, lane);
    put(`${stage}.interpreted`, right, half, lane);
    y += lane + gap;
  }
  if (isDeep) y += 4;
  const shared = isDeep ? FLAT : SLIM;
  const between = isDeep ? 18 : 10;
  for (const name of ['compare', 'polish']) {
    put(name, 0, width, shared);
    y += shared + between;
  }
  return { ...base, height: y - between, places, gap };
}

/** A layout on the way from one to another. @param share 0 to 1 */
export function between(from: Layout, to: Layout, share: number): Layout {
  const mix = (a: number, b: number) => a + (b - a) * share;
  const places = Object.entries(to.places).map(([name, end]) => {
    const start = from.places[name] ?? end;
    return [
      name,
      { x: mix(start.x, end.x), y: mix(start.y, end.y), w: mix(start.w, end.w), h: mix(start.h, end.h) },
    ] as const;
  });
  return { ...to, height: mix(from.height, to.height), places: Object.fromEntries(places) };
}
