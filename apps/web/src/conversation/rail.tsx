import type { Job, Turn } from '@codegen/contract';
import { useEffect, useRef } from 'preact/hooks';
import { contentOf, filesOf, namedFiles, type ShownFile } from '../answer/files.ts';
import { countChanges, rowsOfPatch } from '../code/diff.ts';
import { UnifiedDiff } from '../code/diff-view.tsx';
import { dollars, linesOf, seconds } from '../format.ts';
import { stateOfTurn } from '../history/history.ts';
import { isOneColumn } from '../state/appearance.ts';
import type { JobView } from '../state/job-view.ts';
import { followLink, jobPath } from '../state/router.ts';
import { turns } from '../state/thread.ts';
import { Facts, PlusMinus } from '../ui/controls.tsx';
import { Glyph, Icon, WORDS } from '../ui/icons.tsx';
import { Composer } from './composer.tsx';

/** The conversation so far, and the request box. */
export function Rail({ view }: { view: JobView }) {
  const { job, state, isFinished } = view;
  const placeholder =
    state === 'asking'
      ? 'Or rephrase the request'
      : state === 'cancelled' || state === 'failed'
        ? 'Ask again, in other words'
        : isFinished
          ? 'Ask for a change'
          : 'Ask for the next change';
  const known = turns.value.filter(({ jobId }) => jobId !== job.id);
  const at = turns.value.findIndex(({ jobId }) => jobId === job.id);
  const before = at < 0 ? known : turns.value.slice(0, at);
  const after = at < 0 ? [] : turns.value.slice(at + 1);
  return (
    <aside class="rail" aria-label="Conversation">
      <div class="turns">
        {before.map((turn) => (
          <EarlierTurn key={turn.jobId} turn={turn} />
        ))}
        <CurrentTurn view={view} />
        {after.map((turn) => (
          <EarlierTurn key={turn.jobId} turn={turn} />
        ))}
      </div>
      <div class="dock">
        <Composer isLarge={false} label="Follow-up" placeholder={placeholder} />
      </div>
    </aside>
  );
}

function CurrentTurn({ view }: { view: JobView }) {
  const { job, state, isFinished } = view;
  const turn = useRef<HTMLElement>(null);
  const count = turns.value.length;
  useEffect(() => {
    if (!isOneColumn()) turn.current?.scrollIntoView({ block: 'nearest' });
  }, [job.id, isFinished, count]);
  return (
    <article class="turn current" ref={turn}>
      <p class="said" dir="auto" tabIndex={job.query.length > 250 ? 0 : undefined}>
        {job.query}
      </p>
      <p class="facts">
        <Glyph state={state} />
        <span>{WORDS[state]}</span>
        {job.route && <span>{job.route}</span>}
        {isFinished && <span>{seconds((job.durationMs ?? 0) / 1_000)}</span>}
        {isFinished && <span>{dollars(job.cost)}</span>}
      </p>
      {job.rerun && (
        <Facts
          class="facts"
          of={[
            <>
              again from {job.rerun.from},{' '}
              <a href={jobPath(job.rerun.of)} onClick={followLink}>
                earlier job
              </a>
            </>,
          ]}
        />
      )}
      <ChangedFiles diff={job.diff} files={isFinished ? filesOf(job) : []} isOpen={!isOneColumn()} />
    </article>
  );
}

function EarlierTurn({ turn }: { turn: Turn }) {
  const state = stateOfTurn(turn);
  return (
    <article class="turn">
      <a class="said" dir="auto" href={jobPath(turn.jobId)} onClick={followLink}>
        {turn.request}
      </a>
      <Facts class="facts" of={[<Glyph state={state} />, WORDS[state], dollars(turn.cost)]} />
      {turn.question !== null && (
        <p class="asked" dir="auto">
          {turn.question}
        </p>
      )}
      <ChangedFiles diff={turn.diff} files={namedFiles(turn.files)} isOpen={false} />
    </article>
  );
}

interface Changed extends Pick<Job, 'diff'> {
  readonly files: readonly ShownFile[];
  readonly isOpen: boolean;
}

/** Each file with its changes; a file of a first turn with its number of lines. */
function ChangedFiles({ diff, files, isOpen }: Changed) {
  if (!diff && files.length === 0) return null;
  return (
    <ul class="changes">
      {diff
        ? diff.map(({ name, patch }) => (
            <li key={name}>
              <FilePatch name={name} patch={patch} after={contentOf(files, name)} isOpen={isOpen} />
            </li>
          ))
        : files.map(({ name, content }, index) => (
            <li key={index} class="change">
              <span>{name}</span>
              <PlusMinus added={linesOf(content)} removed={0} />
            </li>
          ))}
    </ul>
  );
}

interface FilePatchProps {
  readonly name: string;
  readonly patch: string;
  readonly after: string | null;
  readonly isOpen: boolean;
}

function FilePatch({ name, patch, after, isOpen }: FilePatchProps) {
  const rows = rowsOfPatch(patch, after);
  return (
    <details open={isOpen}>
      <summary>
        <span>{name}</span>
        <PlusMinus {...countChanges(rows)} />
        <Icon name="unfold" />
      </summary>
      <UnifiedDiff label={`Changes of ${name}, in the conversation`} rows={rows} />
    </details>
  );
}
