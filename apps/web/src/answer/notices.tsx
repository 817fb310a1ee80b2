import type { Job } from '@codegen/contract';
import { dollars, plural, sentence } from '../format.ts';
import { begin } from '../state/actions.ts';
import { BASE } from '../state/base.ts';
import type { JobView } from '../state/job-view.ts';
import { service } from '../state/service.ts';
import { Button, Facts } from '../ui/controls.tsx';
import { Glyph, Icon } from '../ui/icons.tsx';
import { rerunFrom } from '../why/rerun.ts';
import { openStage } from '../why/why.tsx';

const costSentence = ({ cost }: Job) =>
  cost === null ? 'What it cost is not known.' : `The job cost ${dollars(cost).replace('<', 'less than ')}.`;

/** Why a job failed, what it cost and what to do next. */
export function Failed({ view }: { view: JobView }) {
  const { problem, id } = view.job;
  if (problem === null) return null;
  const kept = [...view.stages.values()].filter(({ state }) => state === 'done').map(({ name }) => name);
  return (
    <div class="message">
      <h2>
        <Glyph state="failed" />
        {problem.title}
      </h2>
      <p>{sentence(problem.detail)}</p>
      <p>
        {kept.length > 0 && `A new run reuses the output of ${kept.join(', ')}. `}
        {costSentence(view.job)}
      </p>
      <div class="row">
        <Button look="primary" onClick={() => void rerunFrom(problem.stage)}>
          <Icon name="rerun" /> Run again from {problem.stage}
        </Button>
        <Button onClick={() => openStage(problem.stage)}>Open the stage</Button>
      </div>
      <Facts
        of={[
          <a href={`${BASE}${problem.type}`}>{problem.type}</a>,
          `HTTP ${problem.status}`,
          `job ${id.slice(0, 8)}`,
        ]}
      />
    </div>
  );
}

export function Cancelled({ view }: { view: JobView }) {
  const { query, previousJobId } = view.job;
  return (
    <div class="message">
      <h2>Cancelled</h2>
      <p>
        Running calls were stopped. {costSentence(view.job)} Calls that a provider cannot stop are billed in
        full.
      </p>
      <div class="row">
        <Button
          look="primary"
          onClick={() =>
            void begin(() => service().submit({ query, ...(previousJobId !== null && { previousJobId }) }))
          }
        >
          <Icon name="rerun" /> Run it again
        </Button>
      </div>
    </div>
  );
}

/** What the job went on without. */
export function Degraded({ view }: { view: JobView }) {
  const { isAccepted, job } = view;
  return (
    <details class={`notice ${isAccepted ? '' : 'amber'}`} open={!isAccepted}>
      <summary>
        <strong>{isAccepted ? 'You took the provisional code.' : 'Degraded.'}</strong>{' '}
        {plural(job.degraded.length, 'stage')} {isAccepted ? 'did not finish.' : 'failed or did not run.'}
      </summary>
      <ul>
        {job.degraded.map(({ stage, why, consequence }) => (
          <li key={stage}>
            <code>{stage}</code>
            <span>{[why, consequence].filter(Boolean).join('; ')}.</span>
          </li>
        ))}
      </ul>
      {job.maxCostUsd !== null && (job.cost ?? 0) > job.maxCostUsd && (
        <p>
          The job cost {dollars(job.cost)}, more than its budget of ${job.maxCostUsd}: no call begins above
          it, but calls that have begun finish.
        </p>
      )}
    </details>
  );
}
