import type { Effort, Estimate } from '@codegen/contract';
import { effect, signal } from '@preact/signals';
import type { StageEstimates } from './remaining.ts';
import type { Options } from './request.ts';
import { service } from './service.ts';
import { view } from './watched-job.ts';

/** What recent calls of each stage took and cost, for the job on the page; null if it is not known. */
export const stageEstimates = signal<StageEstimates | null>(null);

/** Reads the estimate once for each running job that has a route. */
export function startEstimates() {
  let last = '';
  effect(() => {
    const shown = view.value;
    const next = shown === null || shown.isFinished || shown.job.route === null ? '' : shown.job.id;
    if (next === last) return;
    last = next;
    stageEstimates.value = null;
    if (next === '' || shown === null) return;
    const { route, effort, models } = shown.job;
    readEstimate({ effort, models }).then(
      (estimate) => {
        if (last === next && route !== null) stageEstimates.value = estimate[route]?.stages ?? null;
      },
      // Without an estimate, the page shows none.
      () => {},
    );
  });
}

/** Recent requests of all routes, with the models and the effort of a request. */
export const readEstimate = ({
  effort,
  models,
}: {
  readonly effort: Effort | '';
  readonly models: Readonly<Partial<Record<string, readonly string[]>>>;
}): Promise<Estimate> => service().estimate({ query: 'estimate', ...(effort !== '' && { effort }), models });

/** The models of a request as `estimate` takes them. */
export const modelsOf = ({ models }: Options) =>
  Object.fromEntries(
    Object.entries(models).flatMap(([role, model]) => (model === '' ? [] : [[role, [model]]])),
  );
