import { ROUTES, type Route, type Stage } from './stage.ts';

/** A stage and the stages whose outputs it takes. Every stage has one consumer at most: BullMQ flows are trees. */
export interface Node {
  readonly stage: Stage;
  readonly inputs: readonly Node[];
}

export interface Graph {
  readonly entry: Node;
  readonly routes: Readonly<Record<Route, Node>>;
  /** The route that takes over when all of a route has come to nothing. */
  readonly fallbacks: Readonly<Partial<Record<Route, Route>>>;
  /** All stages, in an order in which they can run. */
  readonly names: readonly string[];
  find(stage: string): Node | undefined;
  /** @throws GraphError if no route has such a stage. */
  node(stage: string): Node;
  /** The stages of a route in the order in which they can run, inputs first. */
  stagesOf(route: Route): readonly Node[];
}

export class GraphError extends Error {
  override readonly name = 'GraphError';
}

type Part = Stage | Node | readonly Node[];

/** Stages one after the other, each taking the output of what stands before it. */
export function chain(...parts: readonly Part[]): Node {
  let last: readonly Node[] = [];
  for (const part of parts) {
    if ('stage' in part || !('name' in part)) {
      if (last.length > 0) throw new GraphError('only the first part of a chain can be a chain or parallel');
      last = 'stage' in part ? [part] : part;
    } else {
      last = [{ stage: part, inputs: last }];
    }
  }
  const [root, ...rest] = last;
  if (root === undefined || rest.length > 0) throw new GraphError('a chain must end in one stage');
  return root;
}

/** Branches that run at the same time; the next stage of the chain takes all their outputs, in this order. */
export const parallel = (...branches: readonly Node[]): readonly Node[] => branches;

const nodesOf = (node: Node): Node[] => [...node.inputs.flatMap(nodesOf), node];

/** The stages whose outputs a stage depends on, inputs first. */
export const stagesBelow = ({ inputs }: Node): Node[] => inputs.flatMap(nodesOf);

type Parts = Pick<Graph, 'entry' | 'routes' | 'fallbacks'>;

export function defineGraph(parts: Parts): Graph {
  const { entry, routes, fallbacks } = parts;
  const all = new Map<string, Node>();
  for (const node of [entry, ...ROUTES.map((route) => routes[route])].flatMap(nodesOf)) {
    const { name } = node.stage;
    if (all.has(name)) throw new GraphError(`stage ${name} has two consumers: flows are trees`);
    if (!/^[a-z]+(\.[a-z]+)*$/.test(name))
      throw new GraphError(`stage name ${name} cannot be part of a job id`);
    all.set(name, node);
  }
  for (const route of ROUTES) {
    const seen = new Set<Route>();
    for (let at: Route | undefined = route; at !== undefined; at = fallbacks[at]) {
      if (seen.has(at)) throw new GraphError(`route ${route} falls back to itself`);
      seen.add(at);
    }
  }
  const ordered = Object.fromEntries(ROUTES.map((route) => [route, nodesOf(routes[route])]));
  return {
    ...parts,
    names: [...all.keys()],
    find: (stage) => all.get(stage),
    node(stage) {
      const node = all.get(stage);
      if (node === undefined) throw new GraphError(`no stage is called ${stage}`);
      return node;
    },
    stagesOf: (route) => ordered[route] ?? [],
  };
}
