import { signal } from '@preact/signals';
import { CodeBlock } from '../code/code-block.tsx';
import { dollars, dollarsRange, languageName, linesOf, plural, seconds, secondsRange } from '../format.ts';
import { LAST_STAGE } from '../graph/columns.ts';
import { accept } from '../state/actions.ts';
import { now } from '../state/clock.ts';
import { stageEstimates } from '../state/estimate.ts';
import { copy, showToast } from '../state/feedback.ts';
import type { JobView } from '../state/job-view.ts';
import { remainingOf } from '../state/remaining.ts';
import { letterOf } from '../state/stages.ts';
import { standstill, texts } from '../state/watched-job.ts';
import { Button, Facts, Tabs } from '../ui/controls.tsx';
import { Icon } from '../ui/icons.tsx';
import { Changes, hasChanges } from './changes.tsx';
import { downloadArchive, downloadFile } from './download.ts';
import { filesOf, type ShownFile } from './files.ts';
import { Live } from './live.tsx';
import { Cancelled, Degraded, Failed } from './notices.tsx';
import { QuestionForm } from './question.tsx';
import { writtenCode } from './written-code.ts';

/** The tab that the person chose: number of a file, `changes` or `live`. */
export const chosenTab = signal('0');

/** What came of the job: code, a question, a problem; while it runs, the text of its stages. */
export function Answer({ view }: { view: JobView }) {
  return (
    <section
      class={`answer ${view.job.provisional ? 'is-provisional' : ''}`}
      id="answer"
      aria-label="Answer"
      tabIndex={-1}
    >
      <Contents view={view} />
    </section>
  );
}

function Contents({ view }: { view: JobView }) {
  if (view.state === 'failed')
    return (
      <>
        <Failed view={view} />
        <Written view={view} />
      </>
    );
  if (view.state === 'asking') return <QuestionForm key={view.job.id} view={view} />;
  if (view.state === 'cancelled')
    return (
      <>
        <Cancelled view={view} />
        <Written view={view} />
      </>
    );
  const files = filesOf(view.job);
  return files.length === 0 ? <Live view={view} /> : <Code view={view} files={files} />;
}

/** The code of a job that ended without a result, so that it is not lost. */
function Written({ view }: { view: JobView }) {
  const written = writtenCode(view, texts.value);
  if (written === null) return null;
  const { file, stage } = written;
  const letter = letterOf(stage);
  return (
    <section class="written" aria-label="Code so far">
      <div class="bar">
        <h3 class="written-title">
          Code so far{letter && `: version ${letter}`} <small>from {stage}, not reviewed to the end</small>
        </h3>
        <FileActions files={[file]} file={file} id={view.job.id} />
      </div>
      <CodeBlock label={file.name} code={file.content} language={file.language} />
    </section>
  );
}

function Code({ view, files }: { view: JobView; files: readonly ShownFile[] }) {
  const isRunning = !view.isFinished;
  const tabs = [
    ...files.map(({ name }, index) => ({ id: String(index), name, isFile: true })),
    ...(hasChanges(view.job) ? [{ id: 'changes', name: 'Changes' }] : []),
    ...(isRunning ? [{ id: 'live', name: 'Live' }] : []),
  ];
  const current = tabs.some(({ id }) => id === chosenTab.value) ? chosenTab.value : '0';
  const file = files[Number(current)] ?? files[0];
  const choose = (id: string) => {
    chosenTab.value = id;
  };
  return (
    <>
      {view.job.provisional && <Provisional view={view} />}
      {view.isFinished && view.job.degraded.length > 0 && <Degraded view={view} />}
      <div class="bar">
        <Tabs label="Files" tabs={tabs} current={current} panel="panel" onChoose={choose} />
        {file && current !== 'live' && <FileActions files={files} file={file} id={view.job.id} />}
      </div>
      <div class="panel" id="panel" role="tabpanel" aria-labelledby={`panel-${current}`}>
        {current === 'live' && <Live view={view} />}
        {current === 'changes' && <Changes diff={view.job.diff ?? []} files={files} />}
        {file && Number.isInteger(Number(current)) && (
          <CodeBlock label={file.name} code={file.content} language={file.language} />
        )}
      </div>
      {file && <Facts class="foot" of={footOf(view, file)} />}
    </>
  );
}

function FileActions({ files, file, id }: { files: readonly ShownFile[]; file: ShownFile; id: string }) {
  return (
    <div class="file-actions">
      <Button
        look="quiet"
        title="Copy this file (c)"
        onClick={() => void copy(file.content, `${file.name} copied`)}
      >
        <Icon name="copy" /> Copy
      </Button>
      <Button look="quiet" title="Download this file" onClick={() => downloadFile(file)}>
        <Icon name="down" /> <span class="wide">Download</span>
      </Button>
      {files.length > 1 && (
        <Button
          look="quiet"
          title="Download all files as .zip"
          onClick={() => {
            downloadArchive(files, `codegen-${id.slice(0, 8)}`);
            showToast(`${files.length} files saved`);
          }}
        >
          <Icon name="zip" /> <span class="wide">.zip</span>
        </Button>
      )}
    </div>
  );
}

/** The code so far, and the offer to end the job with it. */
function Provisional({ view }: { view: JobView }) {
  const { provisional } = view.job;
  if (!provisional) return null;
  const letter = letterOf(provisional.stage) ?? (provisional.stage === 'compare' ? view.choice : null);
  const left = standstill.value === null ? remainingOf(view, stageEstimates.value, now.value) : null;
  return (
    <div class="notice blue">
      <p>
        <strong>Provisional{letter ? `: version ${letter}` : ''}. </strong>
        {plural(provisional.remaining.length, 'more stage')} may improve it
        {left && `: ${secondsRange(left.seconds)}`}
        {left?.cost && `, ${dollarsRange(left.cost)}`}.
      </p>
      <Button look="primary" title="Ends the job with this code (a twice)" onClick={() => void accept()}>
        Take this one
      </Button>
    </div>
  );
}

function footOf({ job, stages, choice, isAccepted, isFinished }: JobView, { content, language }: ShownFile) {
  const lines = `${plural(linesOf(content), 'line')}${language ? ` of ${languageName(language)}` : ''}`;
  if (!isFinished) return [`from ${job.provisional?.stage}`, lines, 'not the result yet'];
  const total = [seconds((job.durationMs ?? 0) / 1_000), dollars(job.cost)].join(', ');
  if (isAccepted) return ['taken by you before the end', lines, total];
  if (job.route !== 'complex') return [`from ${[...stages.keys()].at(-1)}`, lines, total];
  const isComplete = stages.get(LAST_STAGE)?.state === 'done';
  return [
    isComplete
      ? `from ${LAST_STAGE}${choice ? ` of ${choice}` : ''}`
      : `${choice ?? 'best version'}, without ${LAST_STAGE}`,
    lines,
    total,
  ];
}
