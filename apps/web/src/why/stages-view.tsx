import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { count, dollars, seconds, shortModel } from '../format.ts';
import { timeOf } from '../graph/card.tsx';
import type { JobView, StageView } from '../state/job-view.ts';
import { features } from '../state/service.ts';
import { STAGES } from '../state/stages.ts';
import { Button } from '../ui/controls.tsx';
import { Glyph, Icon, WORDS } from '../ui/icons.tsx';
import { chosenStage, rerunFrom } from './rerun.ts';
import { StageTexts } from './stage-texts.tsx';

/** The stages of a job as a list, and what is known of one. */
export function StagesView({ view }: { view: JobView }) {
  const stages = [...view.stages.values()].filter(({ state }) => state !== 'waiting');
  const current = stages.find(({ name }) => name === chosenStage.value) ?? stages.at(-1);
  if (current === undefined) return <p class="fine">No stage has begun.</p>;
  return (
    <div class="stages-view">
      <nav aria-label="Stages">
        {stages.map((stage) => (
          <button
            key={stage.name}
            type="button"
            aria-current={stage === current ? 'true' : undefined}
            onClick={() => {
              chosenStage.value = stage.name;
            }}
          >
            <Glyph state={stage.state} />
            <span>{stage.name}</span>
            <span class="time">{timeOf(stage)}</span>
          </button>
        ))}
      </nav>
      <Stage key={current.name} view={view} stage={current} />
    </div>
  );
}

function Stage({ view, stage }: { view: JobView; stage: StageView }) {
  return (
    <article>
      <div class="stage-head">
        <h3>
          <span class="mono">{stage.name}</span>
          <small>{STAGES[stage.name]?.does}</small>
        </h3>
        {view.isFinished && <Rerun stage={stage} />}
      </div>
      <dl class="stage-facts">
        {factsOf(stage).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <StageTexts key={`${view.job.id} ${stage.name}`} view={view} stage={stage} />
    </article>
  );
}

/** Runs the job again from a stage, with another model if callers may choose one. */
function Rerun({ stage }: { stage: StageView }) {
  const [model, setModel] = useState('');
  const { role } = stage.stage;
  const { models } = features.value;
  return (
    <div class="rerun-box">
      {models.length > 0 && role !== null && (
        <select
          aria-label={`Model for ${stage.name}`}
          value={model}
          onChange={({ currentTarget }) => setModel(currentTarget.value)}
        >
          <option value="">service’s model</option>
          {models.map((id) => (
            <option key={id} value={id}>
              {shortModel(id)}
            </option>
          ))}
        </select>
      )}
      <Button onClick={() => void rerunFrom(stage.name, role, model)}>
        <Icon name="rerun" /> Run again from here
      </Button>
    </div>
  );
}

function factsOf({
  state,
  stage,
  model,
  why,
  consequence,
  isReused,
}: StageView): [string, ComponentChildren][] {
  const { tokens, cost, durationMs, attempts } = stage;
  const facts: [string, ComponentChildren, boolean][] = [
    [
      'State',
      <>
        <Glyph state={state} />
        {WORDS[state]}
      </>,
      true,
    ],
    ['Model', model, model !== null],
    ['Time', seconds((durationMs ?? 0) / 1_000), durationMs !== null],
    [
      'Tokens',
      `${count(tokens.prompt ?? 0)} in, ${count(tokens.completion ?? 0)} out`,
      tokens.prompt !== null,
    ],
    ['Cost', dollars(cost), cost !== null],
    ['Calls', attempts, attempts > 1],
    ['Reused', 'from the earlier job, without cost', isReused],
    ['Reason', why, why !== undefined],
    ['What followed', consequence, consequence !== undefined],
  ];
  return facts.flatMap(([name, value, isKnown]) => (isKnown ? [[name, value]] : []));
}
