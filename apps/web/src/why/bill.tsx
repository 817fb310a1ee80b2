import { count, dollars, seconds, shortModel } from '../format.ts';
import type { JobView } from '../state/job-view.ts';

const OUTCOMES = {
  running: 'running',
  finished: 'finished',
  failed: 'failed',
  aborted: 'aborted',
  'not-abortable': 'not abortable',
} as const;

/** One line per model call, retries included. */
export function Bill({ view }: { view: JobView }) {
  const { job } = view;
  const calls = job.stages.flatMap((stage) => stage.calls.map((call) => ({ stage: stage.name, ...call })));
  const reused = job.stages.filter((stage) => stage.reused).map(({ name }) => name);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section class="table-scroll" tabIndex={0} aria-label="Bill">
        <table>
          <thead>
            <tr>
              {['Stage', 'Model', 'Outcome', 'Time', 'In', 'Out', 'Cost'].map((name, index) => (
                <th key={name} scope="col" class={index > 2 ? 'r' : ''}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {calls.map((call, index) => (
              <tr key={index}>
                <th scope="row">
                  <code>{call.stage}</code>
                </th>
                <td title={call.servedModel ?? call.model}>{shortModel(call.servedModel ?? call.model)}</td>
                <td title={call.failure?.message}>{OUTCOMES[call.outcome]}</td>
                <td class="r">{call.durationMs === null ? '–' : seconds(call.durationMs / 1_000)}</td>
                <td class="r">{call.tokens.prompt === null ? '–' : count(call.tokens.prompt)}</td>
                <td class="r">{call.tokens.completion === null ? '–' : count(call.tokens.completion)}</td>
                <td class="r">
                  {call.figures === 'estimated' && call.cost !== null && (
                    <span title="Estimated from the text">~</span>
                  )}
                  {dollars(call.cost)}
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row" colSpan={6}>
                Total
              </th>
              <td class="r">{dollars(job.cost)}</td>
            </tr>
          </tfoot>
        </table>
      </section>
      <p class="fine">
        <span>–: not reported by the model server</span>
        {calls.some(({ cost }) => cost === null) && (
          <span>the total is without calls whose cost is not known</span>
        )}
        {job.simulated && <span>simulated: nothing was charged</span>}
        {reused.length > 0 && <span>reused without cost: {reused.join(', ')}</span>}
      </p>
    </>
  );
}
