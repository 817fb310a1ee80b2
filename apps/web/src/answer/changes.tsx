import type { Job } from '@codegen/contract';
import { countChanges, rowsOfPatch } from '../code/diff.ts';
import { UnifiedDiff } from '../code/diff-view.tsx';
import { PlusMinus } from '../ui/controls.tsx';
import { contentOf, type ShownFile } from './files.ts';

export const hasChanges = ({ diff }: Pick<Job, 'diff'>) => Boolean(diff?.length);

interface ChangesProps {
  readonly diff: NonNullable<Job['diff']>;
  readonly files: readonly ShownFile[];
}

/** The changes against the code that the job started from. */
export function Changes({ diff, files }: ChangesProps) {
  return (
    <>
      {diff.map(({ name, change, patch }) => {
        const rows = rowsOfPatch(patch, contentOf(files, name));
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
