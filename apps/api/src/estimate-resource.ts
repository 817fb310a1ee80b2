import type { EstimateResponse } from '@codegen/contract';
import { dollars } from '@codegen/contract/to-job';
import { type Estimate, estimate, type Graph, ROUTES, type Route } from '@codegen/pipeline';
import type { RequestedOptions, Runs } from '@codegen/queue';

/** What a request would take, by route, judged by what was done lately. Nothing is started. */
export async function estimateResource(
  { graph, runs }: { readonly graph: Graph; readonly runs: Pick<Runs, 'samples'> },
  { models }: RequestedOptions,
) {
  const samples = await runs.samples();
  const routes = ROUTES.map((route) => [route, shown(estimate(graph, route, samples, models))] as const);
  const byRoute = Object.fromEntries(routes) as Record<Route, ReturnType<typeof shown>>;
  return { valid: true, estimate: byRoute } satisfies EstimateResponse;
}

const shown = ({ cost, durationMs, calls, unknown, simulated }: Estimate) => ({
  cost: cost && { low: dollars(cost.low), high: dollars(cost.high) },
  durationMs,
  basedOn: { calls, simulated },
  note: noteOf(unknown, cost === null),
});

/** Why there is no figure; null if there are all. */
function noteOf(unknown: readonly string[], unpriced: boolean): string | null {
  if (unknown.length > 0) return `Nothing is known yet of ${unknown.join(', ')}.`;
  return unpriced ? 'The model server reports no cost.' : null;
}
