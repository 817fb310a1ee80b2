import type { ProblemType } from '@codegen/contract';
import type { FinishedRun, QueueState, Runs } from '@codegen/queue';
import { createMetrics, type GaugeValue, type Metrics } from '@codegen/telemetry';
import manifest from '../package.json' with { type: 'json' };

/** What the API counts. */
export interface ApiMetrics {
  readonly metrics: Metrics;
  /** @param route pattern of the path, such as `/jobs/{id}`; never the path itself */
  onResponse(method: string, route: string, status: number, ms: number): void;
  /** Problems of responses, which include every limit that refused a request. */
  onProblem(type: ProblemType): void;
  /** A run that the API finished: cancelled, or accepted with its code so far. */
  onFinish(run: FinishedRun): void;
  /** Reads what all processes share at each scrape. */
  watch(runs: Pick<Runs, 'state'>): void;
}

/** Problems of limits that refused a request, and the limit of each. */
const LIMITS: Partial<Record<ProblemType, string>> = {
  'rate-limited': 'requests-per-minute',
  'too-many-jobs': 'open-jobs-of-caller',
  overloaded: 'open-jobs',
};

export function createApiMetrics(): ApiMetrics {
  const metrics = createMetrics('api', manifest.version);
  const requests = metrics.duration('codegen_http_request_duration_seconds', 'Requests by duration', [
    'method',
    'route',
    'status',
  ]);
  const problems = metrics.count('codegen_problems_total', 'Responses that are a problem', ['type']);
  const refusals = metrics.count('codegen_limit_refusals_total', 'Requests and calls that a limit refused', [
    'limit',
  ]);
  const jobs = metrics.duration(
    'codegen_job_duration_seconds',
    'Finished jobs, by time since their creation',
    ['status', 'route'],
  );
  return {
    metrics,
    onResponse: (method, route, status, ms) =>
      requests.observe({ method, route, status: String(status) }, ms),
    onProblem(type) {
      problems.add({ type });
      const limit = LIMITS[type];
      if (limit !== undefined) refusals.add({ limit });
    },
    onFinish({ outcome, route, createdAt, finishedAt }) {
      jobs.observe({ status: outcome.status, route: route ?? 'none' }, finishedAt - createdAt);
    },
    watch(runs) {
      let state: QueueState | null = null;
      metrics.beforeRead(async () => {
        state = null;
        state = await runs.state();
      });
      exposeState(metrics, (read) => (state === null ? [] : read(state)));
    },
  };
}

type ReadState = (read: (state: QueueState) => readonly GaugeValue[]) => readonly GaugeValue[];

/** Gauges of values that all processes share. Every API reports the same ones: aggregate them with `max`. */
function exposeState(metrics: Metrics, from: ReadState) {
  const single = (name: string, help: string, read: (state: QueueState) => number) =>
    metrics.gauge(name, help, [], () => from((state) => [{ labels: {}, value: read(state) }]));

  metrics.gauge('codegen_queue_stages', 'Stages in the queue, by state', ['queue', 'state'], () =>
    from(({ stages }) =>
      Object.entries(stages).flatMap(([queue, counts]) =>
        Object.entries(counts).map(([state, value]) => ({ labels: { queue, state }, value })),
      ),
    ),
  );
  metrics.gauge('codegen_queue_workers', 'Live workers of a queue', ['queue'], () =>
    from(({ workers }) => Object.entries(workers).map(([queue, value]) => ({ labels: { queue }, value }))),
  );
  single('codegen_jobs_open', 'Jobs that have not finished', ({ openRuns }) => openRuns);
  single('codegen_jobs_waiting', 'Jobs that no worker has started', ({ waitingRuns }) => waitingRuns);
  single(
    'codegen_oldest_waiting_job_seconds',
    'Age of the oldest job that no worker has started; 0 if there is none',
    ({ oldestWaitingMs }) => oldestWaitingMs / 1_000,
  );
  single('codegen_webhooks_pending', 'Webhook deliveries that are not over', ({ webhooks }) => webhooks);
  metrics.gauge(
    'codegen_breaker_state',
    'Circuit breakers that are not closed: 2 open, 1 half-open. The account of a model server has an empty model',
    ['model'],
    () =>
      from(({ breakers }) =>
        breakers.map(({ model, state }) => ({
          labels: { model: model ?? '' },
          value: state === 'open' ? 2 : 1,
        })),
      ),
  );
  metrics.gauge('codegen_cooldown_seconds', 'Time for which a model cools down', ['model'], () =>
    from(({ cooldowns }) =>
      Object.entries(cooldowns).map(([model, ms]) => ({ labels: { model }, value: ms / 1_000 })),
    ),
  );
}
