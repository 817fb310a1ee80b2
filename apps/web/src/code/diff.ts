import { diffLines, parsePatch, type StructuredPatchHunk } from 'diff';

export interface Side {
  /** Line number, from 1. */
  readonly n: number;
  readonly text: string;
}

/** A row of a diff; null where a side has no line. */
export interface Row {
  readonly left: Side | null;
  readonly right: Side | null;
  readonly isChanged: boolean;
}

/** Unchanged lines that are left out. */
export interface Gap {
  readonly count: number;
  /** Null if the lines are not known. */
  readonly rows: readonly Row[] | null;
}

export type Shown = Row | Gap;

/** The time that a diff may take, ms. Beyond it, everything counts as changed. */
const TIMEOUT_MS = 800;

const linesIn = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

/** Collects removed and added lines, and pairs them into rows. */
function createRows() {
  const rows: Row[] = [];
  let removed: Side[] = [];
  let added: Side[] = [];
  const flush = () => {
    for (let i = 0; i < Math.max(removed.length, added.length); i++)
      rows.push({ left: removed[i] ?? null, right: added[i] ?? null, isChanged: true });
    removed = [];
    added = [];
  };
  return {
    remove: (side: Side) => removed.push(side),
    add: (side: Side) => added.push(side),
    same(left: Side, right: Side) {
      flush();
      rows.push({ left, right, isChanged: false });
    },
    take() {
      flush();
      return rows.splice(0);
    },
  };
}

/** The rows of a diff between two texts. */
export function rowsOf(before: string, after: string): Row[] {
  const end = (text: string) => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
  const changes = diffLines(end(before), end(after), { timeout: TIMEOUT_MS }) ?? [
    { value: before, removed: true, added: false },
    { value: after, removed: false, added: true },
  ];
  const rows = createRows();
  let left = 1;
  let right = 1;
  for (const { value, removed, added } of changes) {
    for (const text of linesIn(value)) {
      if (removed) rows.remove({ n: left++, text });
      else if (added) rows.add({ n: right++, text });
      else rows.same({ n: left++, text }, { n: right++, text });
    }
  }
  return rows.take();
}

/**
 * The rows of a unified diff, with a gap around its hunks. A patch that cannot be read has none.
 * @param after the text that the patch leads to, from which the lines of the gaps are read; null if it is not known
 */
export function rowsOfPatch(patch: string, after: string | null = null): Shown[] {
  const hunks = hunksOf(patch);
  const known = after === null ? null : linesIn(after);
  const lines = known !== null && hunks.every((hunk) => leadsTo(hunk, known)) ? known : null;
  const shown: Shown[] = [];
  let left = 1;
  let right = 1;
  const skip = (count: number) => {
    if (count <= 0) return;
    const rows = lines?.slice(right - 1, right - 1 + count).map((text, index) => ({
      left: { n: left + index, text },
      right: { n: right + index, text },
      isChanged: false,
    }));
    shown.push({ count, rows: rows ?? null });
  };
  for (const hunk of hunks) {
    skip(hunk.oldStart - left);
    left = hunk.oldStart;
    right = hunk.newStart;
    const rows = createRows();
    for (const line of hunk.lines) {
      const text = line.slice(1);
      if (line.startsWith('-')) rows.remove({ n: left++, text });
      else if (line.startsWith('+')) rows.add({ n: right++, text });
      else if (line.startsWith(' ')) rows.same({ n: left++, text }, { n: right++, text });
    }
    shown.push(...rows.take());
  }
  if (lines !== null && hunks.length > 0) skip(lines.length - right + 1);
  return shown;
}

const leadsTo = ({ newStart, lines }: StructuredPatchHunk, known: readonly string[]) =>
  lines
    .filter((line) => line.startsWith('+') || line.startsWith(' '))
    .every((line, index) => line.slice(1) === known[newStart - 1 + index]);

function hunksOf(patch: string) {
  try {
    return parsePatch(patch).flatMap(({ hunks }) => hunks);
  } catch {
    return [];
  }
}

export const isRow = (one: Shown): one is Row => 'isChanged' in one;

export const countChanges = (rows: readonly Shown[]) => ({
  added: rows.filter((row) => isRow(row) && row.isChanged && row.right !== null).length,
  removed: rows.filter((row) => isRow(row) && row.isChanged && row.left !== null).length,
});

/** Leaves out unchanged lines that are farther than `context` lines from a change. */
export function withGaps(rows: readonly Row[], context = 3): Shown[] {
  const isNear = new Set<number>();
  for (const [index, row] of rows.entries())
    if (row.isChanged) for (let at = index - context; at <= index + context; at++) isNear.add(at);
  const shown: Shown[] = [];
  let gap: Row[] = [];
  const endGap = () => {
    if (gap.length < 3) shown.push(...gap);
    else shown.push({ count: gap.length, rows: gap });
    gap = [];
  };
  for (const [index, row] of rows.entries()) {
    if (!isNear.has(index)) gap.push(row);
    else {
      endGap();
      shown.push(row);
    }
  }
  endGap();
  return shown;
}
