import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { plural } from '../format.ts';
import { Icon } from '../ui/icons.tsx';
import { type Gap, isRow, type Row, type Shown, type Side } from './diff.ts';
import { showOrdering } from './ordering.tsx';

const Line = ({ sign, side, isChanged }: { sign: string; side: Side | null; isChanged: boolean }) => (
  <span class={`dl ${isChanged && side ? (sign === '+' ? 'add' : 'del') : ''}`}>
    <span class="dn">{side?.n ?? ''}</span>
    <span class="ds">{side && isChanged ? sign : ' '}</span>
    <span class="dt">{showOrdering(side?.text ?? '')}</span>
  </span>
);

interface GapProps {
  readonly gap: Gap;
  readonly children: (row: Row, index: number) => ComponentChildren;
}

/** Unchanged lines, which are shown on demand if they are known. */
function GapRow({ gap: { count, rows }, children }: GapProps) {
  const [isOpen, setIsOpen] = useState(false);
  const text = plural(count, 'unchanged line');
  if (rows === null) return <div class="skip-row">{text}</div>;
  return (
    <>
      <button type="button" class="skip-row" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        <Icon name={isOpen ? 'fold' : 'unfold'} /> {text}
      </button>
      {isOpen && rows.map(children)}
    </>
  );
}

interface DiffProps {
  readonly label: string;
  readonly rows: readonly Shown[];
}

const Pair = ({ row }: { row: Row }) => (
  <div class="pair">
    <div class={row.left ? '' : 'void'}>
      <Line sign="−" side={row.left} isChanged={row.isChanged} />
    </div>
    <div class={row.right ? '' : 'void'}>
      <Line sign="+" side={row.right} isChanged={row.isChanged} />
    </div>
  </div>
);

/** Both texts next to each other. */
export const SplitDiff = ({ label, rows }: DiffProps) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
  <section class="diff split" tabIndex={0} aria-label={label}>
    {rows.map((one, index) =>
      isRow(one) ? (
        <Pair key={index} row={one} />
      ) : (
        <GapRow key={index} gap={one}>
          {(row, at) => <Pair key={at} row={row} />}
        </GapRow>
      ),
    )}
  </section>
);

const Same = ({ row }: { row: Row }) => <Line sign=" " side={row.right} isChanged={false} />;

/** One column: removed lines, then added ones. */
export const UnifiedDiff = ({ label, rows }: DiffProps) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
  <section class="diff unified" tabIndex={0} aria-label={label}>
    {groupsOf(rows).map((group, index) =>
      'count' in group ? (
        <GapRow key={index} gap={group}>
          {(row, at) => <Same key={at} row={row} />}
        </GapRow>
      ) : (
        <Group key={index} rows={group.rows} />
      ),
    )}
  </section>
);

function Group({ rows }: { rows: readonly Row[] }) {
  if (rows[0]?.isChanged === false) return rows.map((row, index) => <Same key={index} row={row} />);
  return (
    <>
      {rows.map((row, index) => row.left && <Line key={`l${index}`} sign="−" side={row.left} isChanged />)}
      {rows.map((row, index) => row.right && <Line key={`r${index}`} sign="+" side={row.right} isChanged />)}
    </>
  );
}

/** Runs of changed and of unchanged rows. */
function groupsOf(rows: readonly Shown[]): ({ readonly rows: Row[] } | Gap)[] {
  const groups: ({ readonly rows: Row[] } | Gap)[] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    if (!isRow(row)) groups.push(row);
    else if (last && !('count' in last) && last.rows[0]?.isChanged === row.isChanged) last.rows.push(row);
    else groups.push({ rows: [row] });
  }
  return groups;
}
