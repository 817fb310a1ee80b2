import {
  type Conversation,
  contextOf,
  decide,
  graph,
  type Prompt,
  type Response,
  type Route,
  type StageRecord,
  type StageRuntime,
} from '@codegen/pipeline';

/** What a run is asked; it travels with every step of a peer. */
export interface Asked {
  readonly id: string;
  readonly conversation: Conversation;
  readonly seed: number;
}

export type Records = Readonly<Record<string, StageRecord>>;

/**
 * Makes the model call of one stage, and a record of it no longer than what others need to go on.
 * @throws if it fails: how it is repeated is the peer's own matter
 */
export async function perform(
  stageName: string,
  { id: run, conversation, seed }: Asked,
  records: Records,
  { callModel, models, now }: StageRuntime,
): Promise<StageRecord> {
  const node = graph.node(stageName);
  const { stage } = node;
  const context = contextOf(node, { conversation, seed, stages: records });
  const startedAt = now();
  const decided = stage.decide?.(context);
  const output = decided ?? stage.read(await answerTo(stage.prompt(context)), context);
  if (output === 'skip') throw new Error(`${stageName} has nothing to do`);
  const ending = { status: 'completed', endedAt: now(), retryAt: null, failure: null } as const;
  return { stage: stageName, startedAt, calls: [], output, ...ending };

  async function answerTo(prompt: Prompt): Promise<string> {
    const [model = ''] = models(stage.role);
    return (await callModel({ run, stage, model, attempt: 1, prompt }, NEVER)).text;
  }
}

const NEVER = new AbortController().signal;

/** The route that classify chose. */
export function routeOf(classified: StageRecord): Route {
  if (classified.output?.kind !== 'route') throw new Error('the request was not classified');
  return classified.output.route;
}

/** The response of a run all of whose stages have ended. */
export function respond(route: Route, stages: Records): Response {
  const decision = decide(graph, { route, stages });
  if (decision.kind !== 'finish' || decision.outcome.status !== 'completed')
    throw new Error('the run has no result');
  return decision.outcome.response;
}
