import { useLayoutEffect, useRef } from 'preact/hooks';
import { shortModel } from '../format.ts';
import { readableSpecification, retryText, timeOf } from '../graph/card.tsx';
import { COMPLEX_STAGES } from '../graph/columns.ts';
import type { JobView, StageView } from '../state/job-view.ts';
import { branchOf, isLive, letterOf, STAGES } from '../state/stages.ts';
import { texts } from '../state/watched-job.ts';
import { WORDS } from '../ui/icons.tsx';
import { LiveText, LiveWords } from './live-text.tsx';

const isDirect = (stage: string) => branchOf(stage) === 'direct';

/** The stages of both columns, the last first. Those that both branches share are shown in the second. */
const BRANCHES = [
  ['A', COMPLEX_STAGES.filter(isDirect).toReversed()],
  ['B', COMPLEX_STAGES.filter((stage) => !isDirect(stage)).toReversed()],
] as const;

/** The text of the running stages: both branches next to each other. */
export function Live({ view }: { view: JobView }) {
  if (view.job.route !== 'complex') return <Single view={view} />;
  return (
    <div class="streams">
      {BRANCHES.map(([letter, stages]) => (
        <Branch key={letter} letter={letter} stage={currentOf(view, stages)} />
      ))}
    </div>
  );
}

/** The last stage of a branch that has begun. */
const currentOf = ({ stages }: JobView, names: readonly string[]): StageView | undefined =>
  names.map((name) => stages.get(name)).find((stage) => stage !== undefined && stage.state !== 'waiting') ??
  stages.get(names.at(-1) ?? '');

function Single({ view }: { view: JobView }) {
  const last = [...view.stages.values()].filter(({ state }) => state !== 'waiting').at(-1);
  const isWriting = view.job.route !== null && last !== undefined && last.name !== 'classify';
  return (
    <div class="streams single">
      <section class="stream" aria-label="Text of the running stage">
        <header>
          <span>
            {last === undefined
              ? 'waiting for a worker'
              : isWriting
                ? `${last.name} is writing`
                : `${last.name} ${STAGES[last.name]?.does}`}
          </span>
        </header>
        {last?.state === 'retrying' && <p class="note">{retryText(last)}.</p>}
        {isWriting && <Text stage={last} />}
      </section>
    </div>
  );
}

function Branch({ letter, stage }: { letter: string; stage: StageView | undefined }) {
  const state = stage?.state ?? 'waiting';
  return (
    <section class="stream" aria-label={`Branch ${letter}`}>
      <header>
        <b>{letterOf(stage?.name) ?? letter}</b>
        <span class="stage-name">{stage?.name}</span>
        <span class={`word ${state}`}>{state === 'running' ? 'writing' : WORDS[state]}</span>
        <span class="model">{shortModel(stage?.model ?? null)}</span>
        <span class="time">{timeOf(stage)}</span>
      </header>
      {stage?.state === 'retrying' && <p class="note">{retryText(stage)}.</p>}
      {stage?.state === 'degraded' && (
        <p class="note">{[stage.why, stage.consequence].filter(Boolean).join('; ')}.</p>
      )}
      {stage && <Text stage={stage} />}
    </section>
  );
}

/** Keeps the end of the text in view, unless the person has scrolled up. */
function Text({ stage }: { stage: StageView }) {
  const box = useRef<HTMLElement>(null);
  const isAtEnd = useRef(true);
  const isProse = stage.name === 'interpret';
  const text = texts.value[stage.name] ?? '';
  useLayoutEffect(() => {
    if (isAtEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  });
  return (
    <section
      class={`code ${isProse ? 'prose' : ''}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      aria-label={`Text of ${stage.name}`}
      ref={box}
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        isAtEnd.current = scrollTop + clientHeight > scrollHeight - 40;
      }}
    >
      <pre>
        {isProse ? (
          <LiveWords text={readableSpecification(text)} isLive={isLive(stage.state)} />
        ) : (
          <LiveText text={text} isLive={isLive(stage.state)} />
        )}
      </pre>
    </section>
  );
}
