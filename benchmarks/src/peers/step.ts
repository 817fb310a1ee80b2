import {
  attemptStage,
  type Conversation,
  decide,
  type Employer,
  graph,
  hasEnded,
  NO_TERMS,
  type Node,
  type Response,
  type Route,
  type StageRecord,
} from '@codegen/pipeline';

/** What a run is asked; it travels with every step of a peer. */
export interface Asked {
  readonly id: string;
  readonly conversation: Conversation;
  readonly seed: number;
}

export type Records = Readonly<Record<string, StageRecord>>;

/** Makes the model call of one stage. @throws if it fails: how it is repeated is the peer's own matter. */
export async function perform(
  stageName: string,
  asked: Asked,
  records: Records,
  employer: Employer,
): Promise<StageRecord> {
  const { stage, inputs }: Node = graph.node(stageName);
  const context = {
    ...asked,
    inputs: inputs.map(({ stage: { name } }) => ({ stage: name, output: records[name]?.output ?? null })),
  };
  const attempt = {
    run: asked.id,
    stage,
    context,
    previous: undefined,
    holds: NONE,
    terms: NO_TERMS,
    spent: 0,
    onCall: () => {},
  };
  const record = await attemptStage(attempt, employer, NEVER);
  if (!hasEnded(record) || record.failure !== null) throw new Error(`${stageName} failed`);
  return record;
}

const NONE: ReadonlyMap<string, number> = new Map();
const NEVER = new AbortController().signal;

/** The route that classify chose. */
export function routeOf(classified: StageRecord): Route {
  if (classified.output?.kind !== 'route') throw new Error('the request was not classified');
  return classified.output.route;
}

/** The response of a run all of whose stages have ended. */
export function respond(route: Route, stages: Records): Response {
  const decision = decide(graph, { route, stages });
  if (decision.kind !== 'settle' || decision.settled.status !== 'completed')
    throw new Error('the run has no result');
  return decision.settled.response;
}
