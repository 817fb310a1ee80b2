import { chosenTab } from '../answer/answer.tsx';
import { isOptionsOpen } from '../conversation/composer.tsx';
import { openHistory } from '../history/history-drawer.tsx';
import { accept, cancel } from '../state/actions.ts';
import { isFolded, nextTheme, singleKeys, theme } from '../state/appearance.ts';
import { showToast } from '../state/feedback.ts';
import { draft } from '../state/request.ts';
import { go, HOME } from '../state/router.ts';
import { view } from '../state/watched-job.ts';
import { openWhy } from '../why/why.tsx';
import { COMMAND } from './controls.tsx';
import { Drawer, hasOpenDialog, openDialog } from './drawer.tsx';

const KEYS = [
  ['/', 'write a request or follow-up'],
  [`${COMMAND} ↵`, 'send it'],
  ['Esc', 'close, leave the field'],
  ['a a', 'take the provisional code'],
  ['x x', 'cancel the job'],
  ['c', 'copy the file'],
  ['1 … 9', 'choose a file'],
  ['w', 'why this answer'],
  ['g', 'fold the graph'],
  ['h', 'history'],
  ['n', 'new request'],
  ['t', 'theme'],
  ['?', 'this list'],
] as const;

/** Keys that end the job act when they are pressed twice. */
const TWICE: Readonly<Record<string, () => void>> = {
  a: () => void accept(),
  x: () => void cancel(),
};

const ACTIONS: Readonly<Record<string, () => void>> = {
  '/': () => document.querySelector<HTMLElement>('#request')?.focus(),
  c: () => document.querySelector<HTMLElement>('.file-actions button')?.click(),
  w: () => openWhy('decision'),
  g: () => {
    isFolded.value = !isFolded.value;
  },
  h: openHistory,
  n: () => go(HOME),
  t: () => {
    nextTheme();
    showToast(`Theme: ${theme.value}`);
  },
  '?': () => {
    openDialog.value = 'keys';
  },
};

function onKey(event: KeyboardEvent) {
  const target = event.target as HTMLElement;
  if (hasOpenDialog() || event.metaKey || event.ctrlKey || event.altKey) return;
  if (event.key === 'Escape') {
    if (isOptionsOpen.value) {
      isOptionsOpen.value = false;
      document.querySelector<HTMLElement>('#options-button')?.focus();
    } else if (target.matches('input, textarea, select')) target.blur();
    return;
  }
  if (target.matches('input, textarea, select') || !singleKeys.value) return;
  if (event.key.length !== 1 || (event.key === ' ' && word === '')) return;
  event.preventDefault();
  readKey(event.key);
}

/** Keys in a row within this time, ms, are words for the request and no shortcuts. */
const WORD_MS = 250;
const TWICE_MS = 3_000;

let word = '';
let timer = 0;
let armed = { key: '', until: 0 };

function readKey(key: string) {
  clearTimeout(timer);
  const isTwice = word === key && TWICE[key] !== undefined;
  if (word !== '' && !isTwice) return type(key);
  if (key === '/' || key === '?') return act(key);
  word = key;
  timer = window.setTimeout(
    () => {
      word = '';
      act(key);
    },
    isTwice ? 0 : WORD_MS,
  );
  if (isTwice) armed = { key, until: Date.now() + TWICE_MS };
}

/** Moves what was typed on the page into the request, at once: the next key goes to the field. */
function type(key: string) {
  draft.value += word + key;
  word = '';
  const field = document.querySelector<HTMLTextAreaElement>('#request');
  if (field === null) return;
  field.value = draft.value;
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
}

function act(key: string) {
  if (TWICE[key]) actTwice(key);
  else if (/^[1-9]$/.test(key)) chosenTab.value = String(Number(key) - 1);
  else ACTIONS[key]?.();
}

function actTwice(key: string) {
  if (view.value?.isFinished !== false || (key === 'a' && !view.value.job.provisional)) return;
  if (armed.key === key && Date.now() < armed.until) {
    armed = { key: '', until: 0 };
    TWICE[key]?.();
  } else {
    armed = { key, until: Date.now() + TWICE_MS };
    showToast(`Press ${key} again to ${key === 'a' ? 'take the provisional code' : 'cancel the job'}.`);
  }
}

/** Listens to the shortcuts of the page, from the first key on. */
export const startShortcuts = () => document.addEventListener('keydown', onKey);

export const KeysDialog = () => (
  <Drawer id="keys" title="Keyboard" look="sheet">
    <dl class="keys">
      {KEYS.map(([key, meaning]) => (
        <div key={key}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
    <label class="check">
      <input
        type="checkbox"
        checked={singleKeys.value}
        onChange={({ currentTarget }) => {
          singleKeys.value = currentTarget.checked;
        }}
      />
      <span>
        Single-key shortcuts <small>When off, only Ctrl, ⌘ and Esc work</small>
      </span>
    </label>
  </Drawer>
);
