import { LAST_STAGE } from './columns.ts';
import { complexRoute } from './complex-wires.ts';
import { type Layout, soleRoute, soleStage } from './layout.ts';
import { add, type Ends, endsOf, type Wiring } from './wiring.ts';

/** The wires between the stages of a layout. */
export function wiringOf(layout: Layout, open: string | null): Wiring {
  const wiring: Wiring = { wires: [], labels: [], badges: [] };
  const ends = endsOf(layout);
  if (layout.places.summarize) {
    const { x, y } = ends.place('classify');
    const [sx, sy] = [ends.place('summarize').x + 8, 18];
    add(wiring, 'summarize', 'classify', [
      [sx, sy],
      [layout.isUpright ? sx : Math.max(sx, x), y],
    ]);
  }
  sideRoutes(wiring, layout, open, ends);
  exits(wiring, layout, open, ends);
  if (layout.places[LAST_STAGE]) complexRoute(wiring, layout, open, ends);
  else foldedComplexRoute(wiring, layout, ends);
  return wiring;
}

const sidesOf = (open: string | null) =>
  [
    [soleStage(open), soleRoute(open)],
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
  for (const [name, route] of [...sidesOf(open), [LAST_STAGE, 'complex']] as const) {
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
        text: route === 'ambiguous' ? 'a question back' : route === 'text' ? 'a text' : 'code',
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
