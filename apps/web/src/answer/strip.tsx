import type { ComponentChildren } from 'preact';
import { capital, dollars, seconds } from '../format.ts';
import { cancel } from '../state/actions.ts';
import { isFolded } from '../state/appearance.ts';
import { now } from '../state/clock.ts';
import { countEnded, type JobView } from '../state/job-view.ts';
import { isUnserved, trouble } from '../state/watched-job.ts';
import { Button, IconButton } from '../ui/controls.tsx';
import { Glyph, WORDS } from '../ui/icons.tsx';
import { openWhy } from '../why/why.tsx';

function titleOf({ state, isAccepted }: JobView): string {
  if (isAccepted) return 'Done, taken by you';
  if (state === 'degraded') return 'Done, degraded';
  return capital(state === 'retrying' ? 'running' : WORDS[state]);
}

/** State, time and cost of the job. */
export function Strip({ view }: { view: JobView }) {
  const { state, isFinished, job } = view;
  const isQuiet = !isFinished && (trouble.value !== null || isUnserved.value);
  return (
    <>
      <section class="strip" aria-label="Status of the job">
        <h1 class="state">
          <Glyph state={state} />
          {titleOf(view)}
        </h1>
        <JobFacts view={view} />
        <span class="actions">
          {!isFinished && (
            <Button title="Cancel (x)" onClick={() => void cancel()}>
              Cancel
            </Button>
          )}
          {isFinished && job.route === 'complex' && state !== 'failed' && (
            <Button title="Why this answer (w)" onClick={() => openWhy('decision')}>
              Why this answer
            </Button>
          )}
          {isFinished && (job.route !== 'complex' || state === 'failed') && (
            <Button title="Stages (w)" onClick={() => openWhy('stages')}>
              Stages
            </Button>
          )}
          <IconButton
            icon={isFolded.value ? 'unfold' : 'fold'}
            label={isFolded.value ? 'Show the graph (g)' : 'Fold the graph (g)'}
            expanded={!isFolded.value}
            controls="board"
            onClick={() => {
              isFolded.value = !isFolded.value;
            }}
          />
        </span>
      </section>
      {isQuiet && (
        <p class="notice amber" role="status">
          {trouble.value ? (
            <>
              <strong>No connection.</strong> {trouble.value.detail} The page tries again by itself.
            </>
          ) : (
            <>
              <strong>No worker is running.</strong> The job continues when one starts.
            </>
          )}
        </p>
      )}
    </>
  );
}

function JobFacts({ view }: { view: JobView }) {
  const { job, isFinished } = view;
  const createdAt = Date.parse(job.createdAt);
  const elapsed = (job.durationMs ?? Math.max(0, now.value - createdAt)) / 1_000;
  const deadline = job.deadlineAt === null ? null : (Date.parse(job.deadlineAt) - createdAt) / 1_000;
  const facts: [string, ComponentChildren, string?][] = [
    ['Route', job.route ?? (isFinished ? 'none' : 'not known yet'), 'wide'],
    [
      'Time',
      <>
        {seconds(elapsed)}
        {deadline !== null && <small> of {seconds(deadline)}</small>}
      </>,
    ],
    [
      'Cost',
      <>
        {dollars(job.cost)}
        {job.maxCostUsd !== null && <small> of ${job.maxCostUsd}</small>}
      </>,
    ],
    ['Stages', `${countEnded(view)} of ${job.route === null ? '?' : job.stages.length}`],
  ];
  return (
    <dl class="facts-row">
      {facts.map(([name, value, look]) => (
        <div key={name} class={look}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
