import { isSlim, type Layout, type Place, soleStage } from './layout.ts';
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

/** The wires between the stages of a layout. */
export function wiringOf(layout: Layout, open: string | null): Wiring {
  const wiring: Wiring = { wires: [], labels: [], badges: [] };
  const ends = endsOf(layout);
  sideRoutes(wiring, layout, open, ends);
  exits(wiring, layout, open, ends);
  if (layout.places.polish) complexRoute(wiring, layout, open, ends);
  else foldedComplexRoute(wiring, layout, ends);
  return wiring;
}

interface Ends {
  place(name: string): Place;
  into(name: string): Point;
  outOf(name: string): Point;
}

function endsOf({ places, isUpright }: Layout): Ends {
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

const add = (
  wiring: Wiring,
  from: string,
  to: string,
  points: readonly Point[],
  route: string | null = null,
) => wiring.wires.push({ id: `${from}>${to}`, from, to, route, d: pathOf(points) });

const sidesOf = (open: string | null) =>
  [
    [soleStage(open), open === 'edit' ? 'edit' : 'simple'],
    ['clarify', 'ambiguous'],
  ] as const;

function sideRoutes(
  wiring: Wiring,
  { isUpright }: Layout,
  open: string | null,
  { place, into, outOf }: Ends,
) {
  const [kx, ky] = outOf('classify');
  const bar = ky + 12;
  for (const [name, route] of sidesOf(open)) {
    const [x, y] = into(name);
    if (!isUpright) {
      add(wiring, 'classify', name, [
        [kx, ky],
        [kx + 16, ky],
        [kx + 16, y],
        [x, y],
      ]);
      wiring.labels.push({ x: place(soleStage(open)).x - 70, y: y + 4, text: route, route });
    } else if (open === route)
      add(wiring, 'classify', name, [
        [kx, ky],
        [x, y],
      ]);
    else {
      add(wiring, 'classify', name, [
        [kx, ky],
        [kx, bar],
        [x, bar],
        [x, y],
      ]);
      wiring.labels.push({ x: (kx + x) / 2, y: bar + 4, text: route, route, anchor: 'middle' });
    }
  }
}

function exits(
  wiring: Wiring,
  { places, exit, height, isUpright }: Layout,
  open: string | null,
  { outOf }: Ends,
) {
  for (const [name, route] of [...sidesOf(open), ['polish', 'complex']] as const) {
    if (!places[name]) continue;
    const [x, y] = outOf(name);
    if (open === route) {
      const end = height + 18;
      add(
        wiring,
        name,
        'exit',
        isUpright
          ? [
              [x, y],
              [exit, end],
            ]
          : [
              [x, y],
              [exit, y],
              [exit, end],
            ],
      );
    } else if (!isUpright) {
      add(
        wiring,
        name,
        'end',
        [
          [x, y],
          [x + 24, y],
        ],
        route,
      );
      wiring.labels.push({
        x: x + 31,
        y: y + 4,
        text: route === 'ambiguous' ? 'a question back' : 'code',
        route,
      });
    }
  }
}

/** On a narrow page the complex route is one name while another route is open. */
function foldedComplexRoute(wiring: Wiring, { width }: Layout, { outOf }: Ends) {
  const [kx, ky] = outOf('classify');
  const bar = ky + 12;
  const x = width - 62;
  add(
    wiring,
    'classify',
    'end',
    [
      [kx, ky],
      [kx, bar],
      [x, bar],
      [x, bar + 14],
    ],
    'complex',
  );
  const label = { route: 'complex', anchor: 'middle' } as const;
  wiring.labels.push({ ...label, x: (kx + x) / 2, y: bar + 4, text: 'complex' });
  wiring.labels.push({ ...label, x, y: bar + 29, text: 'two drafts, compared' });
}

function complexRoute(wiring: Wiring, layout: Layout, open: string | null, ends: Ends) {
  const { isUpright, places } = layout;
  const { into, outOf } = ends;
  const isDeep = open === 'complex';
  if (isUpright) fromEntryDown(wiring, isDeep, ends);
  else fromEntryAcross(wiring, isDeep, ends);
  const link = (from: string, to: string) => add(wiring, from, to, [outOf(from), into(to)]);
  link('interpret', 'generate.interpreted');
  const next = places.verify ? 'verify' : 'compare';
  const [mx, my] = into(next);
  for (const side of ['direct', 'interpreted']) {
    const [generate, enhance] = [`generate.${side}`, `enhance.${side}`];
    link(generate, enhance);
    const [x, y] = outOf(enhance);
    if (isDeep && isUpright)
      add(wiring, enhance, next, [
        [x, y],
        [x, my],
      ]);
    else if (isUpright)
      add(wiring, enhance, next, [
        [x, y],
        [x, my - 12],
        [mx, my - 12],
        [mx, my],
      ]);
    else
      add(wiring, enhance, next, [
        [x, y],
        [mx - 12, y],
        [mx - 12, my],
        [mx, my],
      ]);
    if (isDeep) wiring.badges.push(...[generate, enhance].map((stage) => badgeOf(layout, stage, ends)));
  }
  if (places.verify) link('verify', 'compare');
  link('compare', 'polish');
}

function badgeOf({ gap, isUpright }: Layout, stage: string, { outOf }: Ends): Badge {
  const [x, y] = outOf(stage);
  const isDraft = stage.startsWith('generate');
  return isUpright ? { x, y: y + (isDraft ? 12 : 14), stage } : { x: x + (isDraft ? gap / 2 : 12), y, stage };
}

function fromEntryDown(wiring: Wiring, isDeep: boolean, { into, outOf }: Ends) {
  const [kx, ky] = outOf('classify');
  const [gx] = into('generate.direct');
  const [, iy] = into('interpret');
  for (const name of ['generate.direct', 'interpret']) {
    const [x, y] = into(name);
    add(wiring, 'classify', name, [
      [kx, ky],
      [kx, iy - 16],
      [x, iy - 16],
      [x, y],
    ]);
  }
  if (!isDeep)
    return void wiring.labels.push({
      x: kx,
      y: iy - 30,
      text: 'complex',
      route: 'complex',
      anchor: 'middle',
    });
  for (const [index, text] of ['direct', 'from your', 'words'].entries())
    wiring.labels.push({
      x: gx - 10,
      y: iy + 30 + index * 15,
      text,
      route: 'complex',
      isStrong: index === 0,
      anchor: 'end',
    });
}

function fromEntryAcross(wiring: Wiring, isDeep: boolean, { place, into }: Ends) {
  const entry = place('classify');
  const tx = isSlim(entry) ? 8 : 17;
  const ty = entry.y + entry.h - (isSlim(entry) ? 6 : 0);
  const [gx, gy] = into('generate.direct');
  const [ix, iy] = into('interpret');
  add(wiring, 'classify', 'generate.direct', [
    [tx, ty],
    [tx, gy],
    [gx, gy],
  ]);
  add(wiring, 'classify', 'interpret', [
    [tx, ty],
    [tx, iy],
    [ix, iy],
  ]);
  if (!isDeep) return void wiring.labels.push({ x: 36, y: gy + 4, text: 'complex', route: 'complex' });
  const top = place('interpret').y - 8;
  wiring.labels.push(
    { x: 36, y: gy - 7, text: 'direct', route: 'complex', isStrong: true },
    { x: 36, y: gy + 16, text: 'from your words', route: 'complex' },
    { x: 36, y: top, text: 'interpreted', route: 'complex', isStrong: true },
    { x: 102, y: top, text: 'from a specification', route: 'complex' },
  );
}
