import type { Route } from '@codegen/contract';
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Graph } from '../graph/graph.tsx';
import { isNarrow } from '../state/appearance.ts';
import { draft } from '../state/request.ts';
import { features } from '../state/service.ts';
import { Composer } from './composer.tsx';

const EXAMPLES: readonly (readonly [Route, string])[] = [
  ['simple', 'A Python function that reverses the words of a sentence'],
  ['complex', 'An LRU cache in Python, with a size limit and expiry times'],
  ['complex', 'A REST API for a todo list, with authentication and rate limiting'],
  ['ambiguous', 'Make it better'],
];

const preview = signal<Route | null>(null);

/** The page without a job: the request box, examples and the graph. */
export function Start() {
  useEffect(() => {
    if (!isNarrow()) document.querySelector<HTMLElement>('#request')?.focus({ preventScroll: true });
  }, []);
  return (
    <>
      <section class="hero" aria-label="New request">
        <div class="hero-text">
          <h1>Say what code you want.</h1>
          <p>
            A simple request gets an answer at once, an unclear one a question. For all others two drafts are
            written in parallel, improved,{features.value.testCases && ' tested,'} compared and polished. You
            see each step and can stop with the code you have.
          </p>
        </div>
        {features.value.notice !== null && <p class="page-notice">{features.value.notice}</p>}
        <Composer
          isLarge
          label="What code do you want?"
          placeholder="A function, a script, a module … in plain words"
        />
        <div class="examples">
          <h2>Or try one of these</h2>
          <ul>
            {EXAMPLES.map(([route, text]) => (
              <li key={text}>
                <Example route={route} text={text} />
              </li>
            ))}
          </ul>
        </div>
        <h2 class="board-title">How a request is answered</h2>
      </section>
      <Graph view={null} preview={preview.value} />
    </>
  );
}

function Example({ route, text }: { route: Route; text: string }) {
  const show = () => {
    preview.value = route;
  };
  const hide = () => {
    preview.value = null;
  };
  return (
    <button
      type="button"
      onMouseEnter={show}
      onMouseLeave={hide}
      onFocus={show}
      onBlur={hide}
      onClick={() => {
        draft.value = text;
        document.querySelector<HTMLElement>('#request')?.focus();
      }}
    >
      <span>{text}</span>
      <span class="route">{route}</span>
    </button>
  );
}
