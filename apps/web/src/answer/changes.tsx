import type { Job } from '@codegen/contract';
import { countChanges, rowsOfPatch } from '../code/diff.ts';
import { UnifiedDiff } from '../code/diff-view.tsx';
import { PlusMinus } from '../ui/controls.tsx';

export const hasChanges = ({ diff }: Pick<Job, 'diff'>) => Boolean(diff?.length);

/** The changes against the code that the job started from. */
export function Changes({ diff }: { diff: NonNullable<Job['diff']> }) {
  return (
    <>
      {diff.map(({ name, change, patch }) => {
        const rows = rowsOfPatch(patch);
        return (
          <div key={name}>
            <h2 class="diff-title">
              {name}
              <PlusMinus {...countChanges(rows)} />
              {change !== 'modified' && <small>{change}</small>}
            </h2>
            {change !== 'removed' && <UnifiedDiff label={`Changes of ${name}`} rows={rows} />}
          </div>
        );
      })}
    </>
  );
}
