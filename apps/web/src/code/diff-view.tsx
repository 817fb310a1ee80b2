import { plural } from '../format.ts';
import { isRow, type Row, type Shown, type Side } from './diff.ts';

const Line = ({ sign, side, isChanged }: { sign: string; side: Side | null; isChanged: boolean }) => (
  <span class={`dl ${isChanged && side ? (sign === '+' ? 'add' : 'del') : ''}`}>
    <span class="dn">{side?.n ?? ''}</span>
    <span class="ds">{side && isChanged ? sign : ' '}</span>
    <span class="dt">{side?.text ?? ''}</span>
  </span>
);

const Gap = ({ skipped }: { skipped: number | null }) => (
  <div class="skip-row">{skipped === null ? '…' : plural(skipped, 'unchanged line')}</div>
);

interface DiffProps {
  readonly label: string;
  readonly rows: readonly Shown[];
}

/** Both texts next to each other. */
export const SplitDiff = ({ label, rows }: DiffProps) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
  <section class="diff split" tabIndex={0} aria-label={label}>
    {rows.map((row, index) =>
      isRow(row) ? (
        <div class="pair" key={index}>
          <div class={row.left ? '' : 'void'}>
            <Line sign="−" side={row.left} isChanged={row.isChanged} />
          </div>
          <div class={row.right ? '' : 'void'}>
            <Line sign="+" side={row.right} isChanged={row.isChanged} />
          </div>
        </div>
      ) : (
        <Gap key={index} {...row} />
      ),
    )}
  </section>
);

/** One column: removed lines, then added ones. */
export const UnifiedDiff = ({ label, rows }: DiffProps) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
  <section class="diff unified" tabIndex={0} aria-label={label}>
    {groupsOf(rows).map((group, index) =>
      'skipped' in group ? <Gap key={index} {...group} /> : <Group key={index} rows={group.rows} />,
    )}
  </section>
);

function Group({ rows }: { rows: readonly Row[] }) {
  if (rows[0]?.isChanged === false)
    return (
      <>
        {rows.map((row, index) => (
          <Line key={index} sign=" " side={row.right} isChanged={false} />
        ))}
      </>
    );
  return (
    <>
      {rows.map((row, index) => row.left && <Line key={`l${index}`} sign="−" side={row.left} isChanged />)}
      {rows.map((row, index) => row.right && <Line key={`r${index}`} sign="+" side={row.right} isChanged />)}
    </>
  );
}

type Grouped = { readonly rows: Row[] } | { readonly skipped: number | null };

/** Runs of changed and of unchanged rows. */
function groupsOf(rows: readonly Shown[]): Grouped[] {
  const groups: Grouped[] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    if (!isRow(row)) groups.push(row);
    else if (last && 'rows' in last && last.rows[0]?.isChanged === row.isChanged) last.rows.push(row);
    else groups.push({ rows: [row] });
  }
  return groups;
}
