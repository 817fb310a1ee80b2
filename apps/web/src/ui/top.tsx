import { openHistory } from '../history/history-drawer.tsx';
import { nextTheme, theme } from '../state/appearance.ts';
import { copy, showToast } from '../state/feedback.ts';
import { followLink, go, HOME, jobPath } from '../state/router.ts';
import { features } from '../state/service.ts';
import { threadTitle } from '../state/thread.ts';
import { job } from '../state/watched-job.ts';
import { Button, IconButton } from './controls.tsx';
import { openDialog } from './drawer.tsx';
import { Icon } from './icons.tsx';

/** The header: home, the job, its tools. */
export function Top() {
  const shown = job.value;
  return (
    <header class="top">
      <a class="brand" href={HOME} aria-label="Codegen, new request" onClick={followLink}>
        <svg viewBox="0 0 26 16" aria-hidden="true">
          <path d="M1 8h5c3 0 3-5.5 6-5.5h2c3 0 3 5.5 6 5.5h5M6 8c3 0 3 5.5 6 5.5h2c3 0 3-5.5 6-5.5" />
        </svg>
        <span>Codegen</span>
      </a>
      {shown && (
        <span class="crumb">
          <span class="crumb-title" dir="auto">
            {threadTitle.value}
          </span>
          <Button
            look="quiet job-id"
            title="Copy the link to this job"
            onClick={() => void copy(`${location.origin}${jobPath(shown.id)}`, 'Link copied')}
          >
            <Icon name="link" />
            <span class="sr">Copy the link to </span>
            <span class="wide">job {shown.id.slice(0, 8)}</span>
          </Button>
        </span>
      )}
      {shown?.simulated && (
        <span class="tag sim" title="Canned answers: no model is called">
          simulator
        </span>
      )}
      <nav class="tools" aria-label="Tools">
        {shown && (
          <Button look="quiet" title="New request (n)" onClick={() => go(HOME)}>
            <Icon name="plus" />
            <span class="wide">New</span>
          </Button>
        )}
        <Button look="quiet" title="History (h)" onClick={openHistory}>
          <Icon name="history" />
          <span class="wide">History</span>
        </Button>
        {features.value.apiKeys && (
          <IconButton
            icon="key"
            label="API key"
            onClick={() => {
              openDialog.value = 'api-key';
            }}
          />
        )}
        <IconButton
          icon="theme"
          label={`Theme: ${theme.value} (t)`}
          onClick={() => {
            nextTheme();
            showToast(`Theme: ${theme.value}`);
          }}
        />
        <IconButton
          icon="help"
          label="Keyboard shortcuts (?)"
          onClick={() => {
            openDialog.value = 'keys';
          }}
        />
      </nav>
    </header>
  );
}
