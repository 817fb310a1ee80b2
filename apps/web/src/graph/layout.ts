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
  readonly open: string | null;
  /** Whether a job has begun. */
  readonly isStarted: boolean;
  /** Whether the versions are run on test cases before they are compared. */
  readonly isVerified: boolean;
  /** Whether older turns are summed up before the request is classified. */
  readonly hasSummary: boolean;
}

/** The stage that answers alone: it writes code, changes the code of the conversation, or writes a text. */
export const soleStage = (open: string | null) => SOLE[open ?? ''] ?? 'answer';
const SOLE: Readonly<Record<string, string>> = { edit: 'edit', text: 'reply' };

/** The route whose stage takes the place of `answer`. */
export const soleRoute = (open: string | null) => (open !== null && SOLE[open] ? open : 'simple');
const isSole = (open: string | null) => open === soleRoute(open);

const CARD = 82;
const FLAT = 62;
const SLIM = 24;
/** Width of the stage that runs the versions, which spans both branches. */
const GATE = 108;
/** Room for the time of a stage that is a name on a wire of the open route. */
const TIME = 58;

export const isSlim = ({ h }: Place) => h === SLIM;
export const isFlat = ({ h }: Place) => h === FLAT;

const pen = document.createElement('canvas').getContext('2d');
if (pen) pen.font = '500 13px -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const slimWidth = (name: string) => 25 + (pen?.measureText(shortName(name)).width ?? 60);

/** Below this width the stages stand below each other. */
const wideFrom = ({ isVerified }: Scene) => (isVerified ? 920 : 880);

/** Places of all stages: cards on the open route, else a name on the wire. */
export const layoutOf = (width: number, scene: Scene): Layout =>
  withSummary(scene, width < wideFrom(scene) ? tall(Math.min(width, 640), scene) : wide(width, scene));

/** Moves everything down for `summarize`, which comes before `classify`. */
function withSummary({ hasSummary }: Scene, layout: Layout): Layout {
  if (!hasSummary) return layout;
  const shift = SLIM + 18;
  const moved = Object.entries(layout.places).map(([name, place]) => [
    name,
    { ...place, y: place.y + shift },
  ]);
  const { classify } = layout.places;
  const x = layout.isUpright && classify ? classify.x + classify.w / 2 - 8 : 9;
  const summarize = { x, y: 0, w: slimWidth('summarize') + TIME, h: SLIM };
  return {
    ...layout,
    height: layout.height + shift,
    places: { ...Object.fromEntries(moved), summarize },
  };
}

function wide(width: number, { open, isStarted, isVerified }: Scene): Layout {
  const places: Record<string, Place> = {};
  const gap = isVerified ? 28 : 36;
  const gate = isVerified ? GATE + gap : 0;
  const x0 = 36;
  const tail = 30;
  const card = Math.min(196, Math.floor((width - x0 - tail - gate - gap * 4) / 5));
  const first = isStarted ? CARD : SLIM;
  const simple = isSole(open) ? CARD : SLIM;
  const ambiguous = open === 'ambiguous' ? CARD : SLIM;
  const band = Math.max(first, simple + 10 + ambiguous);
  const top = (band - simple - 10 - ambiguous) / 2;
  const y1 = top + simple / 2;
  const y2 = top + simple + 10 + ambiguous / 2;
  const entryY = isSole(open) ? y1 : open === 'ambiguous' ? y2 : band / 2;
  const put = (name: string, x: number, middle: number, h: number) => {
    places[name] = { x, y: middle - h / 2, w: h === SLIM ? slimWidth(name) : card, h };
  };
  put('classify', 0, entryY, first);
  const column = (n: number) => x0 + n * (card + gap) + (n > 2 ? gate : 0);
  const side = Math.max(column(1), (places.classify?.w ?? 0) + 100);
  put(soleStage(open), side, y1, simple);
  put('clarify', side, y2, ambiguous);

  const isDeep = open === 'complex';
  const lane = isDeep ? CARD : SLIM;
  const a = band + (isDeep ? 26 : 24) + lane / 2;
  const b = a + lane + (isDeep ? 30 : 20);
  put('interpret', x0, b, lane);
  put('generate.direct', column(1), a, lane);
  put('generate.interpreted', column(1), b, lane);
  put('enhance.direct', column(2), a, lane);
  put('enhance.interpreted', column(2), b, lane);
  put('compare', column(3), (a + b) / 2, lane);
  put('polish', column(4), (a + b) / 2, lane);
  const exit = Math.min(width - 12, column(4) + card + tail - 8);
  const layout = { width, height: b + lane / 2, places, gap, exit, isUpright: false };
  if (!isVerified) return layout;
  const gateX = column(3) - gate;
  if (!isDeep) {
    put('verify', gateX, (a + b) / 2, SLIM);
    return layout;
  }
  places.verify = { x: gateX, y: a - lane / 2, w: GATE, h: b - a + lane };
  const caseY = b + lane / 2 + 16 + SLIM / 2;
  put('cases', x0, caseY, SLIM);
  places.cases = { ...places.cases!, w: slimWidth('cases') + TIME };
  return { ...layout, height: caseY + SLIM / 2 };
}

function tall(width: number, { open, isStarted, isVerified }: Scene): Layout {
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
  if (isSole(open) || open === 'ambiguous') {
    const [taken, other] = open === 'ambiguous' ? ['clarify', 'answer'] : [soleStage(open), 'clarify'];
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
  if (isDeep && isVerified) {
    y += 6;
    const w = slimWidth('cases') + TIME;
    places.cases = { x: width / 2 - 8, y, w, h: SLIM };
    y += SLIM + 16;
  }
  const shared = isDeep ? FLAT : SLIM;
  const between = isDeep ? 18 : 10;
  for (const name of isVerified ? ['verify', 'compare', 'polish'] : ['compare', 'polish']) {
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
