import { signal } from '@preact/signals';
import { isSending, refusal } from '../state/actions.ts';
import { draft, NO_OPTIONS, options, summaryOf } from '../state/request.ts';
import { features } from '../state/service.ts';
import { view } from '../state/watched-job.ts';
import { Button, COMMAND } from '../ui/controls.tsx';
import { Icon } from '../ui/icons.tsx';
import { send } from './follow-up.ts';
import { OptionsBox } from './options.tsx';

export const isOptionsOpen = signal(false);

interface ComposerProps {
  readonly isLarge: boolean;
  readonly label: string;
  readonly placeholder: string;
}

/** The request box. */
export function Composer({ isLarge, label, placeholder }: ComposerProps) {
  const isEmpty = draft.value.trim() === '';
  const isRunning = view.value?.isFinished === false;
  const toggle = () => {
    isOptionsOpen.value = !isOptionsOpen.value;
  };
  return (
    <form
      class={`composer${isLarge ? ' large' : ''}`}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <textarea
        id="request"
        dir="auto"
        rows={isLarge ? 4 : 2}
        placeholder={placeholder}
        aria-label={label}
        maxLength={features.value.maxQueryChars}
        value={draft.value}
        onInput={({ currentTarget }) => {
          draft.value = currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          void send();
        }}
      />
      {refusal.value && (
        <p class="refusal" role="alert">
          <strong>{refusal.value.title}.</strong>{' '}
          {refusal.value.detail || 'Your text is kept. Send it again in a moment.'}
        </p>
      )}
      {isRunning && !isEmpty && <p class="hint">You can send this when the job is done.</p>}
      <div class="composer-row">
        <button
          type="button"
          class="button quiet"
          id="options-button"
          aria-expanded={isOptionsOpen.value}
          aria-controls="options-box"
          onClick={toggle}
        >
          <Icon name="tune" />
          {summaryOf(options.value) !== NO_OPTIONS && <span class="sr">Options: </span>}
          <span id="options-sum">{summaryOf(options.value)}</span>
        </button>
        <Button
          look="primary"
          submits
          disabled={isEmpty || isSending.value || isRunning}
          title={isRunning ? 'The job is still running' : ''}
        >
          {isLarge ? 'Write it' : 'Send'} <kbd>{COMMAND} ↵</kbd>
        </Button>
      </div>
      {isOptionsOpen.value && <OptionsBox />}
    </form>
  );
}
