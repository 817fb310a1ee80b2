import type { ComponentChildren } from 'preact';
import { capital, dollars, seconds, secondsRange } from '../format.ts';
import { cancel } from '../state/actions.ts';
import { isFolded } from '../state/appearance.ts';
import { now } from '../state/clock.ts';
import { stageEstimates } from '../state/estimate.ts';
import { countDone, type JobView } from '../state/job-view.ts';
import { remainingOf } from '../state/remaining.ts';
import { type Standstill, standstill, type Trouble, trouble } from '../state/watched-job.ts';
import { Button, IconButton } from '../ui/controls.tsx';
import { Glyph, WORDS } from '../ui/icons.tsx';
import { openWhy } from '../why/why.tsx';

function titleOf({ state, isAccepted }: JobView): string {
  if (isAccepted) return 'Done, taken by you';
  if (state === 'degraded') return 'Done, degraded';
  return capital(state === 'retrying' ? 'running' : WORDS[state]);
}

const STANDSTILLS: Readonly<Record<Standstill, readonly [string, string]>> = {
  offline: ['No connection to the service', 'The job may go on there. The page tries again by itself.'],
  'no-worker': ['No worker is running', 'The job continues when one starts.'],
  'queue-unavailable': ['The service cannot reach its queue', 'The job continues when Redis is back.'],
};

/** Why the job, or what the page shows of it, stands still. */
export function noticeOf(
  stopped: Standstill | null,
  problem: Trouble | null,
): readonly [title: string, detail: string] | null {
  // The service answered, and will give the same answer again: the key was revoked, or the job deleted.
  if (problem !== null && problem.status !== null && problem.status < 500)
    return [problem.title, problem.detail];
  if (stopped !== null) return STANDSTILLS[stopped];
  if (problem === null) return null;
  return problem.status === null ? STANDSTILLS.offline : [problem.title, problem.detail];
}

/** State, time and cost of the job. */
export function Strip({ view }: { view: JobView }) {
  const { state, isFinished, job } = view;
  const hasDecision = job.choice !== null || job.verification !== null;
  const notice = isFinished ? null : noticeOf(standstill.value, trouble.value);
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
            <Button title="Cancel (x twice)" onClick={() => void cancel()}>
              Cancel
            </Button>
          )}
          {isFinished && hasDecision && (
            <Button title="Why this answer (w)" onClick={() => openWhy('decision')}>
              Why this answer
            </Button>
          )}
          {isFinished && !hasDecision && (
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
      {notice && (
        <p class="notice amber" role="status">
          <strong>{notice[0]}.</strong> {notice[1]}
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
  const left = standstill.value === null ? remainingOf(view, stageEstimates.value, now.value) : null;
  const facts: [string, ComponentChildren, string?][] = [
    ['Route', job.route ?? (isFinished ? 'none' : 'not known yet'), 'wide'],
    [
      'Time',
      <>
        {seconds(elapsed)}
        {deadline !== null && <small> of {seconds(deadline)}</small>}
        {left && <small>, {secondsRange(left.seconds)} left</small>}
      </>,
    ],
    [
      'Cost',
      <>
        {dollars(job.cost)}
        {job.maxCostUsd !== null && <small> of ${job.maxCostUsd}</small>}
        {job.simulated && <small> simulated</small>}
      </>,
    ],
    ['Stages', job.route === null ? '1' : `${countDone(view)} of ${job.stages.length}`],
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
