import { isSlim, type Layout } from './layout.ts';
import { add, type Badge, type Ends, type Wiring } from './wiring.ts';

/** The wires of both branches, and of the stages that they share. */
export function complexRoute(wiring: Wiring, layout: Layout, open: string | null, ends: Ends) {
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
    if (isDeep && !isUpright && places.verify)
      add(wiring, enhance, next, [
        [x, y],
        [places.verify.x, y],
      ]);
    else if (isDeep && isUpright)
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
  if (places.cases) casesLane(wiring, layout, ends);
  if (places.verify) link('verify', 'compare');
  link('compare', 'polish');
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
  const isDraft = stage.startsWith('generate') || places.verify !== undefined;
  return isUpright
    ? { x, y: y + (stage.startsWith('generate') ? 12 : 14), stage }
    : { x: x + (isDraft ? gap / 2 : 12), y, stage };
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
