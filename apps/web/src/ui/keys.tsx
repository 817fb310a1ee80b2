import { chosenTab } from '../answer/answer.tsx';
import { isOptionsOpen } from '../conversation/composer.tsx';
import { openHistory } from '../history/history-drawer.tsx';
import { accept, cancel } from '../state/actions.ts';
import { isFolded, nextTheme, singleKeys } from '../state/appearance.ts';
import { go, HOME } from '../state/router.ts';
import { openWhy } from '../why/why.tsx';
import { COMMAND } from './controls.tsx';
import { Drawer, openDialog } from './drawer.tsx';

const KEYS = [
  ['/', 'write a request or follow-up'],
  [`${COMMAND} ↵`, 'send it'],
  ['Esc', 'close, leave the field'],
  ['a', 'take the provisional code'],
  ['x', 'cancel the job'],
  ['c', 'copy the file'],
  ['1 … 9', 'choose a file'],
  ['w', 'why this answer'],
  ['g', 'fold the graph'],
  ['h', 'history'],
  ['n', 'new request'],
  ['t', 'theme'],
  ['?', 'this list'],
] as const;

const ACTIONS: Readonly<Record<string, () => void>> = {
  '/': () => document.querySelector<HTMLElement>('#request')?.focus(),
  a: () => void accept(),
  x: () => void cancel(),
  c: () => document.querySelector<HTMLElement>('.file-actions button')?.click(),
  w: () => openWhy('decision'),
  g: () => {
    isFolded.value = !isFolded.value;
  },
  h: openHistory,
  n: () => go(HOME),
  t: nextTheme,
  '?': () => {
    openDialog.value = 'keys';
  },
};

function onKey(event: KeyboardEvent) {
  const target = event.target as HTMLElement;
  if (openDialog.value !== null || event.metaKey || event.ctrlKey || event.altKey) return;
  if (event.key === 'Escape') {
    if (isOptionsOpen.value) {
      isOptionsOpen.value = false;
      document.querySelector<HTMLElement>('#options-button')?.focus();
    } else if (target.matches('input, textarea, select')) target.blur();
    return;
  }
  if (target.matches('input, textarea, select') || !singleKeys.value) return;
  const isFile = /^[1-9]$/.test(event.key);
  const act = ACTIONS[event.key];
  if (act === undefined && !isFile) return;
  event.preventDefault();
  if (act) act();
  else chosenTab.value = String(Number(event.key) - 1);
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
