import {
  type Conversation,
  contextOf,
  DEFAULT_RETRY,
  decide,
  graph,
  NO_OPTIONS,
  type Prompt,
  type Response,
  type Route,
  type StageRecord,
  type StageRuntime,
} from '@codegen/pipeline';
import { createModelClient } from '@codegen/worker/model-client';

/** All peers use the model client of this service. */
export function createRuntime(modelUrl: string, models = 'bench'): StageRuntime {
  const { callModel } = createModelClient({
    baseUrl: modelUrl,
    apiKey: null,
    appName: '',
    httpReferer: null,
    timeoutMs: 120_000,
  });
  return {
    callModel,
    models: (role) => [`${models}/${role}`],
    policy: DEFAULT_RETRY,
    now: Date.now,
    random: Math.random,
  };
}

/** The request of a run, passed to every step of a peer. */
export interface RunRequest {
  readonly id: string;
  readonly conversation: Conversation;
  readonly seed: number;
}

export type Records = Readonly<Record<string, StageRecord>>;

/**
 * Makes the model call of one stage. @returns a record with the fields that later stages need
 * @throws Error if the call fails; retries are up to the peer
 */
export async function perform(
  stageName: string,
  { id: run, conversation, seed }: RunRequest,
  records: Records,
  { callModel, models, now }: StageRuntime,
): Promise<StageRecord> {
  const node = graph.node(stageName);
  const { stage } = node;
  const context = contextOf(node, { conversation, files: [], seed, options: NO_OPTIONS, stages: records });
  const startedAt = now();
  const decided = stage.withoutModel?.(context);
  const output = decided ?? stage.read(await answerTo(stage.prompt(context)), context);
  if (output === 'skip') throw new Error(`${stageName} cannot be skipped`);
  const ending = { status: 'completed', endedAt: now(), retryAt: null, failure: null } as const;
  return { stage: stageName, startedAt, calls: [], output, ...ending };

  async function answerTo(prompt: Prompt): Promise<string> {
    const [model = ''] = models(stage.role);
    return (await callModel({ run, stage, model, attempt: 1, prompt }, NEVER)).text;
  }
}

const NEVER = new AbortController().signal;

/** The route from the record of classify. */
export function routeOf(classified: StageRecord): Route {
  if (classified.output?.kind !== 'route') throw new Error('the request was not classified');
  return classified.output.route;
}

/** The response of a run with all stages completed. */
export function respond(route: Route, stages: Records): Response {
  const decision = decide(graph, { route, stages });
  if (decision.kind !== 'finish' || decision.outcome.status !== 'completed')
    throw new Error('the run has no result');
  return decision.outcome.response;
}

/**
 * The complex route as groups of concurrent stages, for libraries that can only wait for a group. With equal model
 * latencies it takes as long as the graph.
 */
const WAVES = [
  ['generate.direct', 'interpret'],
  ['enhance.direct', 'generate.interpreted'],
  ['enhance.interpreted'],
  ['compare'],
  ['polish'],
] as const;

export type PerformStep = (stage: string, runRequest: RunRequest, records: Records) => Promise<StageRecord>;

/** The next stages to run, or null after the last. */
export const nextWave = (records: Records): readonly string[] | null =>
  records.classify === undefined
    ? ['classify']
    : (WAVES.find((wave) => wave.some((stage) => records[stage] === undefined)) ?? null);

export async function performWave(
  wave: readonly string[],
  runRequest: RunRequest,
  records: Records,
  step: PerformStep,
): Promise<Records> {
  const done = await Promise.all(wave.map((stage) => step(stage, runRequest, records)));
  return { ...records, ...Object.fromEntries(done.map((record) => [record.stage, record])) };
}

/** @throws Error if the route is not complex, the only route of the peers */
export function finish(records: Records): Response {
  if (records.classify === undefined || routeOf(records.classify) !== 'complex')
    throw new Error('only complex requests are measured');
  return respond('complex', records);
}
