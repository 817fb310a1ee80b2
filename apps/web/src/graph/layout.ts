import { branchOf, shortName } from '../state/stages.ts';
import { COLUMNS } from './columns.ts';

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

const COUNT = COLUMNS.branches.length + COLUMNS.shared.length;
/** Room left of the first column, and right of the last one. */
const INDENT = 36;
const TAIL = 30;
const NARROWEST_CARD = 121;

/** The distance of columns, and the width that the stage between the branches and `compare` needs. */
const gapsOf = ({ isVerified }: Scene) => {
  const gap = isVerified ? 28 : 36;
  return { gap, gate: isVerified ? GATE + gap : 0 };
};

/** The width of all columns with cards of this width. Below it, the stages stand below each other. */
const widthOf = (card: number, scene: Scene) => {
  const { gap, gate } = gapsOf(scene);
  return INDENT + COUNT * card + (COUNT - 1) * gap + gate + TAIL;
};

/** Places of all stages: cards on the open route, else a name on the wire. */
export const layoutOf = (width: number, scene: Scene): Layout =>
  withSummary(
    scene,
    width < widthOf(NARROWEST_CARD, scene) ? tall(Math.min(width, 640), scene) : wide(width, scene),
  );

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

function wide(width: number, scene: Scene): Layout {
  const { open, isStarted, isVerified } = scene;
  const places: Record<string, Place> = {};
  const { gap, gate } = gapsOf(scene);
  const card = Math.min(196, Math.floor((width - widthOf(0, scene)) / COUNT));
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
  const firstShared = COLUMNS.branches.length;
  const column = (n: number) => INDENT + n * (card + gap) + (n < firstShared ? 0 : gate);
  const side = Math.max(column(1), (places.classify?.w ?? 0) + 100);
  put(soleStage(open), side, y1, simple);
  put('clarify', side, y2, ambiguous);

  const isDeep = open === 'complex';
  const lane = isDeep ? CARD : SLIM;
  const a = band + (isDeep ? 26 : 24) + lane / 2;
  const b = a + lane + (isDeep ? 30 : 20);
  for (const [n, names] of COLUMNS.branches.entries())
    for (const name of names) put(name, column(n), branchOf(name) === 'direct' ? a : b, lane);
  for (const [n, name] of COLUMNS.shared.entries()) put(name, column(firstShared + n), (a + b) / 2, lane);
  const exit = Math.min(width - 12, column(COUNT - 1) + card + TAIL - 8);
  const layout = { width, height: b + lane / 2, places, gap, exit, isUpright: false };
  if (!isVerified) return layout;
  const gateX = column(firstShared) - gate;
  if (!isDeep) {
    put('verify', gateX, (a + b) / 2, SLIM);
    return layout;
  }
  places.verify = { x: gateX, y: a - lane / 2, w: GATE, h: b - a + lane };
  const caseY = b + lane / 2 + 16 + SLIM / 2;
  put('cases', INDENT, caseY, SLIM);
  places.cases = { ...places.cases!, w: slimWidth('cases') + TIME };
  return { ...layout, height: caseY + SLIM / 2 };
}

const sharedStages = (isVerified: boolean) => (isVerified ? ['verify', ...COLUMNS.shared] : COLUMNS.shared);

function tall(width: number, { open, isStarted, isVerified }: Scene): Layout {
  const places: Record<string, Place> = {};
  const half = (width - 14) / 2;
  const right = half + 14;
  let y = 0;
  const put = (name: string, x: number, w: number, h: number) => {
    places[name] = { x: h === SLIM ? x + w / 2 - 34 : x, y, w: h === SLIM ? slimWidth(name) : w, h };
  };
  const base = { width, exit: width / 2, isUpright: true };
  const first = isStarted ? FLAT : SLIM;
  put('classify', 0, width, first);
  y += first + 26;
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
  const [lane, gap] = isDeep ? [CARD, 24] : [SLIM, 12];
  for (const names of COLUMNS.branches) {
    for (const name of names) put(name, branchOf(name) === 'direct' ? 0 : right, half, lane);
    y += lane + gap;
  }
  if (isDeep) y += 4;
  if (isDeep && isVerified) {
    places.cases = { x: width / 2 - 8, y: y + 6, w: slimWidth('cases') + TIME, h: SLIM };
    y += SLIM + 22;
  }
  const [shared, between] = isDeep ? [FLAT, 18] : [SLIM, 10];
  for (const name of sharedStages(isVerified)) {
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
