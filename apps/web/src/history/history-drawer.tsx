import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { dollars, plural } from '../format.ts';
import { followLink, go, HOME, jobPath } from '../state/router.ts';
import { job as currentJob } from '../state/watched-job.ts';
import { Button, IconButton } from '../ui/controls.tsx';
import { closeDialog, Drawer, openDialog } from '../ui/drawer.tsx';
import { Glyph, Icon, WORDS } from '../ui/icons.tsx';
import {
  failure,
  hasMore,
  isReading,
  jobs,
  pinned,
  readJobs,
  readOlder,
  removeEntry,
  togglePin,
} from './history.ts';
import { dayOf, type Entry, type Filter, search } from './search.ts';

const FILTERS: readonly Filter[] = ['all', 'done', 'running', 'failed', 'asking', 'degraded', 'cancelled'];

const words = signal('');
const filter = signal<Filter>('all');

export function openHistory() {
  openDialog.value = 'history';
  void readJobs();
}

/** The caller's jobs: search, filter, link, pin, delete. */
export const HistoryDrawer = () => (
  <Drawer id="history" title="History" look="drawer start">
    <Contents />
  </Drawer>
);

function Contents() {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <>
      <div class="history-tools">
        <label class="search">
          <Icon name="search" />
          <input
            ref={field}
            type="search"
            placeholder="Search your jobs"
            aria-label="Search your jobs"
            value={words.value}
            onInput={({ currentTarget }) => {
              words.value = currentTarget.value;
            }}
          />
        </label>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would need a visible legend */}
        <div class="chips" role="group" aria-label="Show">
          {FILTERS.map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === filter.value}
              onClick={() => {
                filter.value = name;
              }}
            >
              {name === 'all' ? 'all' : WORDS[name]}
            </button>
          ))}
        </div>
      </div>
      <List />
    </>
  );
}

function List() {
  const entries = search(jobs.value, words.value, filter.value);
  const groups = Map.groupBy(entries, ({ job }) =>
    pinned.value.has(job.threadId) ? 'Pinned' : dayOf(job.createdAt),
  );
  const days = [...groups.keys()].toSorted((a, b) => Number(b === 'Pinned') - Number(a === 'Pinned'));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section class="jobs" aria-label="Jobs" tabIndex={0}>
      {failure.value !== null && <p class="none">{failure.value}</p>}
      {failure.value === null && days.length === 0 && <p class="none">{nothingText()}</p>}
      {days.map((day) => (
        <section key={day} aria-label={day}>
          <h3>{day}</h3>
          <ul>
            {groups.get(day)?.map((entry) => (
              <Item key={entry.job.threadId} entry={entry} />
            ))}
          </ul>
        </section>
      ))}
      <Older />
    </section>
  );
}

function nothingText(): string {
  if (isReading.value) return 'Reading your jobs.';
  return jobs.value.length > 0 || words.value !== '' ? 'No job matches.' : 'You have no jobs yet.';
}

/** How far the list goes. A search reads on to the oldest job. */
function Older() {
  const isSearch = words.value.trim() !== '' || filter.value !== 'all';
  const isDue = isSearch && hasMore.value && !isReading.value && failure.value === null;
  useEffect(() => {
    if (isDue) void readOlder(true);
  }, [isDue]);
  if (!hasMore.value) return null;
  const read = plural(jobs.value.length, 'job');
  return (
    <p class="older" role="status">
      {isReading.value ? (
        `${isSearch ? 'Searched' : 'Read'} the newest ${read}; reading on.`
      ) : (
        <Button onClick={() => void readOlder(false)}>Show older than these {read}</Button>
      )}
    </p>
  );
}

function Item({ entry }: { entry: Entry }) {
  const { job, title, turns, match } = entry;
  const isPinned = pinned.value.has(job.threadId);
  const isCurrent = currentJob.value?.threadId === job.threadId;
  const time = new Date(job.createdAt).toLocaleTimeString('en', {
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  });
  const remove = async () => {
    const name = title.length > 60 ? `${title.slice(0, 60)}…` : title;
    if (!confirm(`Delete “${name}”${turns > 1 ? ` with its ${turns} jobs` : ''}?`)) return;
    if ((await removeEntry(entry)) && isCurrent) go(HOME);
  };
  return (
    <li class={isCurrent ? 'current' : ''}>
      <a
        href={jobPath(job.id)}
        onClick={(event) => {
          followLink(event);
          closeDialog();
        }}
      >
        <span class="q" dir="auto">
          <Marked text={title} />
        </span>
        {match !== null && (
          <span class="match">
            <Marked text={match} />
          </span>
        )}
        <span class="facts">
          <Glyph state={job.state} />
          {[WORDS[job.state], job.route, time, dollars(job.cost), turns > 1 && plural(turns, 'turn')]
            .filter(Boolean)
            .map((fact, index) => (
              <span key={index}>{fact}</span>
            ))}
        </span>
      </a>
      <span class="row-tools">
        <IconButton
          icon="pin"
          label={isPinned ? 'Unpin' : 'Pin'}
          pressed={isPinned}
          onClick={() => togglePin(job.threadId)}
        />
        <IconButton icon="trash" label="Delete" onClick={() => void remove()} />
      </span>
    </li>
  );
}

/** A text with the first word of the search marked. */
function Marked({ text }: { text: string }) {
  const word = words.value.trim().split(/\s+/)[0]?.toLowerCase() ?? '';
  const at = word === '' ? -1 : text.toLowerCase().indexOf(word);
  if (at < 0) return <>{text}</>;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + word.length)}</mark>
      {text.slice(at + word.length)}
    </>
  );
}
