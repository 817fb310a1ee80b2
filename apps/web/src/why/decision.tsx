import { signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { countChanges, rowsOf, withGaps } from '../code/diff.ts';
import { SplitDiff, UnifiedDiff } from '../code/diff-view.tsx';
import { dollars, seconds, shortModel } from '../format.ts';
import type { JobView } from '../state/job-view.ts';
import { type Letter, letterOf, VERSIONS } from '../state/stages.ts';
import { Facts, PlusMinus } from '../ui/controls.tsx';
import { Version } from '../ui/icons.tsx';
import { TestTable } from './test-table.tsx';

const NAMES: Readonly<Record<Letter, string>> = {
  A: 'the draft from the request',
  'A′': 'the improved draft from the request',
  B: 'the draft from the specification',
  'B′': 'the improved draft from the specification',
  final: 'the final code',
};

interface VersionText {
  readonly letter: Letter;
  readonly stage: string;
  readonly text: string;
}

const left = signal<string>('');
const right = signal<string>('');

/** The versions of the code that a job has. */
function versionsOf({ job, stages }: JobView): VersionText[] {
  const { result } = job;
  return VERSIONS.flatMap(([letter, stage, step]) => {
    if (letter === 'final' && stages.get(stage)?.state !== 'done') return [];
    const text = step === 'code' ? result?.code : result?.steps?.[step];
    return text ? [{ letter, stage, text }] : [];
  });
}

/** The reviewer's choice, its reason, and the versions next to each other. */
export function Decision({ view }: { view: JobView }) {
  const { verification } = view.job;
  return (
    <>
      <Verdict view={view} />
      {verification !== null && <TestTable verification={verification} choice={view.choice} />}
      <Versions view={view} />
    </>
  );
}

/** Which candidate the reason calls A and which B. */
function candidatesText(candidates: readonly string[] | null): string | null {
  const [a, b] = (candidates ?? []).map((stage) => letterOf(stage) ?? stage);
  return a && b ? `In the reason, A is ${a} and B is ${b}: the order is random` : null;
}

function Verdict({ view }: { view: JobView }) {
  const { choice } = view.job;
  const compare = view.stages.get('compare');
  if (choice === null) return null;
  const letter = view.choice ?? 'B′';
  const { durationMs, cost } = compare?.stage ?? { durationMs: null, cost: null };
  return (
    <section class="verdict-block">
      <div class="big">
        <Version name={letter} chosen />
      </div>
      <div>
        <h3>
          {compare?.model ? 'The reviewer' : 'The service'} chose {letter}, {NAMES[letter]}.
        </h3>
        {choice.reason !== '' && <blockquote dir="auto">{choice.reason}</blockquote>}
        <Facts
          of={[
            compare?.model && shortModel(compare.model),
            durationMs !== null && seconds(durationMs / 1_000),
            compare?.model && dollars(cost),
            candidatesText(choice.candidates),
          ]}
        />
      </div>
    </section>
  );
}

function Versions({ view }: { view: JobView }) {
  const versions = versionsOf(view);
  const find = (letter: string) => versions.find((one) => one.letter === letter);
  const from = find(left.value) ?? find('A′') ?? versions[0];
  const to = find(right.value) ?? find('B′') ?? versions.at(-1);
  const rows = useMemo(() => rowsOf(from?.text ?? '', to?.text ?? ''), [from?.text, to?.text]);
  if (from === undefined || to === undefined) return null;
  const shown = withGaps(rows);
  const pick = (label: string, chosen: VersionText, target: typeof left) => (
    <select
      aria-label={label}
      value={chosen.letter}
      onChange={({ currentTarget }) => {
        target.value = currentTarget.value;
      }}
    >
      {versions.map(({ letter, stage }) => (
        <option key={letter} value={letter}>
          {letter} {stage}
        </option>
      ))}
    </select>
  );
  return (
    <section class="compare-block">
      <h3 class="section-title">
        Versions <PlusMinus {...countChanges(rows)} />
      </h3>
      <div class="sides">
        {pick('Left version', from, left)}
        {pick('Right version', to, right)}
      </div>
      {rows.every(({ isChanged }) => !isChanged) && <p class="fine">Both versions are the same.</p>}
      <SplitDiff label={`${from.letter} and ${to.letter}`} rows={shown} />
      <UnifiedDiff label={`From ${from.letter} to ${to.letter}`} rows={shown} />
    </section>
  );
}
