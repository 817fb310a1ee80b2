import type { Route } from '@codegen/contract';
import type { JobView } from '../state/job-view.ts';
import { branchOf, isLive, ROUTE_STAGES } from '../state/stages.ts';
import type { Wire } from './wiring.ts';

/**
 * How a wire looks. `off`: not taken; `todo`: ahead; `lost`: leads to a version that was not chosen; `cut`: leads to the
 * stage that failed the job.
 */
type WireLook = 'idle' | 'hint' | 'off' | 'todo' | 'live' | 'done' | 'lost' | 'cut';

const routeTo = (stage: string) =>
  Object.keys(ROUTE_STAGES).find((route) => ROUTE_STAGES[route]?.includes(stage)) ?? null;

/** @param preview the route to point out while there is no job */
export function lookOf(view: JobView | null, wire: Wire, preview: Route | null): WireLook {
  const { from, to } = wire;
  if (view === null)
    return preview !== null && (wire.route ?? routeTo(to) ?? 'complex') === preview ? 'hint' : 'idle';
  const { route, status } = view.job;
  if (route === null) return 'idle';
  const isOnRoute = view.stages.has(to) || ROUTE_STAGES[route]?.includes(to);
  if (to === 'end' || (to !== 'exit' && !isOnRoute)) return 'off';
  if (to === 'exit' && view.isAccepted) return 'off';
  if (to === 'exit') return status === 'completed' ? 'done' : view.isFinished ? 'off' : 'todo';
  return lookOnRoute(view, from, to);
}

function lookOnRoute({ stages, isFinished, choice }: JobView, from: string, to: string): WireLook {
  const source = stages.get(from)?.state;
  const target = stages.get(to)?.state ?? 'waiting';
  const ahead = isFinished ? 'off' : 'todo';
  if (isLive(target)) return 'live';
  if (target === 'failed') return 'cut';
  if (target === 'cancelled') return 'lost';
  if (target === 'waiting' && from === 'classify') return ahead;
  const branch = branchOf(from) ?? branchOf(to);
  if (choice !== null && branch === (choice.startsWith('B') ? 'direct' : 'interpreted')) return 'lost';
  return source === 'done' || source === 'degraded' || source === 'skipped' ? 'done' : ahead;
}
