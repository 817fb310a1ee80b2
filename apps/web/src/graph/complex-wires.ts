import { letterOf, STAGES } from '../state/stages.ts';
import { COLUMNS } from './columns.ts';
import { isSlim, type Layout } from './layout.ts';
import type { Point } from './path.ts';
import { add, type Badge, type Ends, type Wiring } from './wiring.ts';

/** The wires of both branches, and of the stages that they share. */
export function complexRoute(wiring: Wiring, layout: Layout, open: string | null, ends: Ends) {
  const { isUpright, places } = layout;
  const { into, outOf } = ends;
  const isDeep = open === 'complex';
  if (isUpright) fromEntryDown(wiring, isDeep, ends);
  else fromEntryAcross(wiring, isDeep, ends);
  const link = (from: string, to: string) => add(wiring, from, to, [outOf(from), into(to)]);
  const next = places.verify ? 'verify' : COLUMNS.shared[0]!;
  for (const name of COLUMNS.branches.flat()) {
    for (const from of STAGES[name]?.after ?? []) if (from !== 'classify') link(from, name);
    if (isDeep && letterOf(name)) wiring.badges.push(badgeOf(layout, name, ends));
  }
  for (const name of COLUMNS.branches.at(-1) ?? [])
    add(wiring, name, next, toShared(layout, isDeep, outOf(name), into(next)));
  if (places.cases) casesLane(wiring, layout, ends);
  if (places.verify) link('verify', COLUMNS.shared[0]!);
  for (const [index, name] of COLUMNS.shared.slice(1).entries()) link(COLUMNS.shared[index]!, name);
}

/** From the end of a branch to the first stage that both share. */
function toShared(
  { isUpright, places }: Layout,
  isDeep: boolean,
  [x, y]: Point,
  [mx, my]: Point,
): readonly Point[] {
  const start: Point = [x, y];
  if (isDeep && isUpright) return [start, [x, my]];
  // The stage that runs the versions is as high as both branches.
  if (isDeep && places.verify) return [start, [places.verify.x, y]];
  const turns: readonly Point[] = isUpright
    ? [
        [x, my - 12],
        [mx, my - 12],
      ]
    : [
        [mx - 12, y],
        [mx - 12, my],
      ];
  return [start, ...turns, [mx, my]];
}

/** The test cases come from the request, past both branches. */
function casesLane(wiring: Wiring, { isUpright }: Layout, { place, outOf }: Ends) {
  const cases = place('cases');
  const verify = place('verify');
  const y = cases.y + cases.h / 2;
  if (isUpright) {
    const [x] = outOf('classify');
    add(wiring, 'classify', 'cases', [outOf('classify'), [x, cases.y + 6]]);
    add(wiring, 'cases', 'verify', [
      [x, cases.y + cases.h - 6],
      [x, verify.y],
    ]);
    return;
  }
  const classify = place('classify');
  const middle = verify.x + verify.w / 2;
  add(wiring, 'classify', 'cases', [
    [17, classify.y + classify.h],
    [17, y],
    [cases.x - 3, y],
  ]);
  add(wiring, 'cases', 'verify', [
    [cases.x + cases.w + 4, y],
    [middle, y],
    [middle, verify.y + verify.h],
  ]);
  wiring.labels.push({
    x: cases.x + cases.w + 20,
    y: y + 4,
    text: 'from your words, unseen by the drafts',
    route: 'complex',
  });
}

function badgeOf({ gap, isUpright, places }: Layout, stage: string, { outOf }: Ends): Badge {
  const [x, y] = outOf(stage);
  const isLast = COLUMNS.branches.at(-1)?.includes(stage);
  if (isUpright) return { x, y: y + (isLast ? 14 : 12), stage };
  return { x: x + (isLast && !places.verify ? 12 : gap / 2), y, stage };
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
