import { Answer } from './answer/answer.tsx';
import { noticeOf, Strip } from './answer/strip.tsx';
import { Rail } from './conversation/rail.tsx';
import { Start } from './conversation/start.tsx';
import { Graph } from './graph/graph.tsx';
import { HistoryDrawer } from './history/history-drawer.tsx';
import { announcement, toast } from './state/feedback.ts';
import { go, HOME, isKnownPath } from './state/router.ts';
import { isFollowed, jobId, standstill, trouble, view } from './state/watched-job.ts';
import { ApiKeyDialog } from './ui/api-key-dialog.tsx';
import { Button } from './ui/controls.tsx';
import { KeysDialog } from './ui/keys.tsx';
import { Top } from './ui/top.tsx';
import { Why } from './why/why.tsx';

export function App() {
  const skip = () =>
    document.querySelector<HTMLElement>(jobId.value === null ? '#request' : '#answer')?.focus();
  return (
    <>
      <button class="skip" type="button" onClick={skip}>
        {jobId.value === null ? 'Skip to the request' : 'Skip to the answer'}
      </button>
      <Top />
      <div class={`shell ${jobId.value === null ? 'is-start' : ''} ${isFollowed.value ? '' : 'is-still'}`}>
        {view.value && <Rail view={view.value} />}
        <main class="main">
          <Main />
        </main>
      </div>
      <Why />
      <HistoryDrawer />
      <KeysDialog />
      <ApiKeyDialog />
      <div class={`toast ${toast.value === '' ? '' : 'on'}`} role="status">
        {toast.value}
      </div>
      <div class="sr" role="status">
        {announcement.value}
      </div>
    </>
  );
}

function Main() {
  const shown = view.value;
  if (jobId.value === null) return isKnownPath.value ? <Start /> : <NoPage />;
  if (shown === null) return <Missing />;
  return (
    <>
      <Strip view={shown} />
      <Graph view={shown} />
      <Answer view={shown} />
    </>
  );
}

const StartAgain = () => (
  <div class="row">
    <Button look="primary" onClick={() => go(HOME)}>
      New request
    </Button>
  </div>
);

const NoPage = () => (
  <div class="message">
    <h1>There is no such page</h1>
    <p>A job has the address /jobs/ and its id.</p>
    <StartAgain />
  </div>
);

/** A job that is being read, or cannot be shown. */
function Missing() {
  const notice = noticeOf(standstill.value, trouble.value);
  if (notice === null) return <p class="message">Reading the job.</p>;
  const status = trouble.value?.status ?? null;
  const [title, detail] = notice;
  return (
    <div class="message" role="status">
      <h1>{title}</h1>
      <p>{detail}</p>
      {status !== null && (status >= 500 || status === 429) && <p>The page tries again by itself.</p>}
      <StartAgain />
    </div>
  );
}
