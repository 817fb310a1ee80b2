import { codeIn } from '../code/segments.ts';
import { brief, count, dollars, linesOf, plural, shortModel } from '../format.ts';
import { now } from '../state/clock.ts';
import type { JobView, StageView } from '../state/job-view.ts';
import { isLive, STAGES, shortName } from '../state/stages.ts';
import { testsOf } from '../state/tests.ts';
import { texts } from '../state/watched-job.ts';
import { Glyph, Version, WORDS } from '../ui/icons.tsx';

const msSince = (iso: string | null) => (iso === null ? 0 : Math.max(0, now.value - Date.parse(iso)));

/** Duration of an ended stage, elapsed time of a live one. */
export function timeOf(stage: StageView | undefined): string {
  if (stage === undefined || stage.isReused) return '';
  if (isLive(stage.state)) return brief(msSince(stage.stage.startedAt) / 1_000);
  const { durationMs } = stage.stage;
  return durationMs === null || stage.state === 'waiting' ? '' : brief(durationMs / 1_000);
}

export function retryText({ why, retryAt, stage }: StageView): string {
  const wait = Math.max(0, Math.ceil(((retryAt ?? 0) - now.value) / 1_000));
  return `Try ${stage.attempts + 1} in ${wait} s: ${why ?? 'the call failed'}`;
}

interface CardProps {
  readonly name: string;
  readonly stage: StageView | undefined;
  readonly view: JobView | null;
  readonly isSlim: boolean;
}

/** The contents of a stage's card, or its name on a wire. */
export function Card({ name, stage, view, isSlim }: CardProps) {
  const state = stage?.state ?? 'waiting';
  return (
    <>
      <span class="head">
        <Glyph state={state} />
        <span class="name">
          <span aria-hidden="true">{shortName(name)}</span>
          <span class="sr">{[name, wordOf(stage, view)].filter(Boolean).join(', ')}</span>
        </span>
        {(!isSlim || TIMED_IF_SLIM.has(name)) && <span class="time">{timeOf(stage)}</span>}
      </span>
      {!isSlim &&
        (name === 'verify' ? (
          <Gate stage={stage} view={view} />
        ) : (
          <Rows name={name} stage={stage} view={view} />
        ))}
    </>
  );
}

/** The state of a stage for screen readers. */
function wordOf(stage: StageView | undefined, view: JobView | null): string {
  if (view === null) return '';
  if (stage === undefined) return view.job.route === null ? WORDS.waiting : 'not taken';
  return view.isFinished && stage.state === 'waiting' ? 'did not run' : WORDS[stage.state];
}

/** Stages that are names on a wire even on the open route. */
const TIMED_IF_SLIM: ReadonlySet<string> = new Set(['cases', 'summarize']);

/** How many test cases each version passes. */
function Gate({ stage, view }: { stage: StageView | undefined; view: JobView | null }) {
  const state = stage?.state ?? 'waiting';
  if (state === 'skipped' || state === 'degraded' || state === 'failed')
    return (
      <span class="note">
        {stage?.why ?? (state === 'skipped' ? 'no test cases' : (stage?.consequence ?? 'failed'))}
      </span>
    );
  const tests = view?.job.verification ? testsOf(view.job.verification) : null;
  return (
    <>
      <span class="model">{tests ? plural(tests.counted, 'test case') : 'test cases'}</span>
      <span class="gate">
        {CANDIDATES.map((letter) => {
          const result = tests?.versions.find((one) => one.letter === letter);
          const share = result && tests ? result.passed / Math.max(1, tests.counted) : 0;
          const text = result?.load === 'broken' ? 'broken' : `${result?.passed}/${tests?.counted}`;
          return (
            <span key={letter} class={result ? '' : 'unknown'}>
              <b>{letter}</b>
              <i style={{ '--share': share }} />
              <span>{result && result.load !== 'unsupported' ? text : '–'}</span>
            </span>
          );
        })}
      </span>
    </>
  );
}

const CANDIDATES = ['A', 'A′', 'B', 'B′'] as const;

function Rows({ name, stage, view }: Omit<CardProps, 'isSlim'>) {
  const model = (
    <span class="model" title={stage?.model ?? ''}>
      {shortModel(stage?.model ?? null)}
    </span>
  );
  if (stage === undefined || stage.state === 'waiting')
    return <span class="note quiet">{STAGES[name]?.does}</span>;
  if (stage.state === 'running')
    return (
      <>
        {model}
        <Peek name={name} />
      </>
    );
  if (stage.state !== 'done')
    return (
      <>
        {model}
        <span class="note">{noteOf(stage)}</span>
      </>
    );
  const { tokens, cost } = stage.stage;
  const sum = (tokens.prompt ?? 0) + (tokens.completion ?? 0);
  return (
    <>
      {model}
      <span class="figures">
        {sum > 0 && (
          <>
            <span>{count(sum)} tok</span>
            <span>{dollars(cost)}</span>
          </>
        )}
      </span>
      {name === 'compare' && view?.choice ? (
        <span class="verdict">
          chose <Version name={view.choice} chosen />
        </span>
      ) : (
        <span class="made">
          <span>{stage.isReused ? 'reused' : madeBy(name, view)}</span>
          {stage.isFallback && <span class="tag">fallback</span>}
        </span>
      )}
    </>
  );
}

/** The last two lines that a running stage has written. */
function Peek({ name }: { name: string }) {
  const text = texts.value[name] ?? '';
  const lines = (name === 'interpret' ? readableSpecification(text) : text)
    .slice(-400)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('```'));
  return (
    <span class="peek">
      {lines.slice(-2).join('\n') || 'no text yet'}
      <i class="caret" />
    </span>
  );
}

function noteOf(stage: StageView): string {
  switch (stage.state) {
    case 'retrying':
      return retryText(stage);
    case 'degraded':
      return stage.consequence ?? stage.why ?? 'failed';
    case 'failed':
      return stage.why ?? 'failed';
    case 'cancelled':
      return 'stopped with the job';
    default:
      return stage.why ?? 'nothing to do';
  }
}

/** What came out: the route, or the length of the text. */
function madeBy(name: string, view: JobView | null): string {
  if (name === 'classify') return view?.job.route ?? '';
  const step = STAGES[name]?.step;
  const result = view?.job.result;
  const text = step === 'code' ? result?.code : step && result?.steps?.[step];
  const lines = text ? linesOf(text) : linesWritten(name, texts.value[name] ?? '');
  return lines > 0 ? `${count(lines)} ${lines === 1 ? 'line' : 'lines'}` : '';
}

/** The beginning of an entry's name at the end of a text, which looks like that of a list's item. */
const unfinishedName = (text: string) => (text.lastIndexOf('[') > text.lastIndexOf(']') ? '' : /,\s*"\w*$/);

/** A specification that a model writes as JSON, with a line per entry. Works on its beginning, too. */
export const readableSpecification = (text: string) =>
  text.trimStart().startsWith('{')
    ? text
        .replace(/^\s*\{\s*"specification"\s*:\s*/, '')
        .replace(unfinishedName(text), '')
        .replace(/"\s*,\s*"(?!\w+"\s*:)/g, '\n- ')
        .replace(/"(\w+)"\s*:\s*\[\s*"?/g, '\n$1:\n- ')
        .replace(/"(\w+)"\s*:\s*"?/g, '\n$1: ')
        .replace(/"\s*[\]}]*\s*,?\s*$|"\s*[\]}]*\s*,?(?=\n)/g, '')
        .replace(/^[{\s]+/, '')
    : text;

/** The number of lines of a stage's output that is known as text alone. */
function linesWritten(name: string, text: string): number {
  const known = written.get(name);
  if (known?.text === text) return known.lines;
  const own = name === 'interpret' ? readableSpecification(text) : (codeIn(text)?.code ?? text);
  const lines = linesOf(own.trim());
  written.set(name, { text, lines });
  return lines;
}

const written = new Map<string, { readonly text: string; readonly lines: number }>();
