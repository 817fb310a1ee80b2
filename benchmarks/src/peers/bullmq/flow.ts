import { graph, type Node, type Role, type Route } from '@codegen/pipeline';
import type { FlowJob } from 'bullmq';
import type { Asked, Records } from '../step.ts';

export const RUNS = 'runs';

/** One queue for each role. */
export const queueOf = (role: Role) => `role-${role}`;

/** How far a run is: by phases where it waits for children, by records where it is re-entered. */
export interface RunData {
  readonly asked: Asked;
  readonly phase: 'classify' | 'route' | 'respond';
  readonly records: Records;
}

/** A stage with its inputs as children. */
export const stageFlow = ({ stage, inputs }: Node, asked: Asked): FlowJob => ({
  name: stage.name,
  queueName: queueOf(stage.role),
  data: { asked },
  children: inputs.map((input) => stageFlow(input, asked)),
});

export const routeFlow = (route: Route, asked: Asked) => stageFlow(graph.routes[route], asked);

export const entryFlow = (asked: Asked) => stageFlow(graph.entry, asked);
