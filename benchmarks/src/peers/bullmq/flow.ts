import { graph, inputsOf, type Node, type Role, type Route } from '@codegen/pipeline';
import type { FlowJob } from 'bullmq';
import type { Records, RunRequest } from '../pipeline-steps.ts';

export const RUNS = 'runs';

/** One queue per role. */
export const queueOf = (role: Role) => `role-${role}`;

/** Progress of a run: `phase` if it waits for children, `records` if it is re-entered. */
export interface RunData {
  readonly runRequest: RunRequest;
  readonly phase: 'classify' | 'route' | 'respond';
  readonly records: Records;
}

/** A stage job with its inputs as children. */
export const stageFlow = (node: Node, runRequest: RunRequest): FlowJob => ({
  name: node.stage.name,
  queueName: queueOf(node.stage.role),
  data: { runRequest },
  children: inputsOf(node, {}).map((input) => stageFlow(input, runRequest)),
});

export const routeFlow = (route: Route, runRequest: RunRequest) => stageFlow(graph.routes[route], runRequest);

export const entryFlow = (runRequest: RunRequest) => stageFlow(graph.entry, runRequest);
