import { ROUTES, type Route, type Stage } from '../stages/stage.ts';

/** A stage and the stages whose outputs it takes. BullMQ flows are trees: each output goes to one stage. */
export interface Node {
  readonly stage: Stage;
  readonly inputs: readonly Node[];
  /** Further stages below it whose outputs it receives too, after those of its inputs. */
  readonly reads?: readonly string[];
}

/** An output that appears in the response of a route. */
export interface StepNode extends Node {
  readonly step: string;
}

export interface Graph {
  readonly entry: Node;
  readonly routes: Readonly<Record<Route, Node>>;
  /** The route to take when a route has produced nothing. */
  readonly fallbacks: Readonly<Partial<Record<Route, Route>>>;
  /** All stages. Every stage comes after its inputs. */
  readonly nodes: readonly Node[];
  readonly names: readonly string[];
  find(stage: string): Node | undefined;
  /** @throws GraphError if the graph has no such stage. */
  node(stage: string): Node;
  /** The stages of a route. Every stage comes after its inputs. */
  stagesOf(route: Route): readonly Node[];
  /**
   * The steps in the response of a route: the farthest from its last stage first, and stages at the same distance in
   * graph order.
   */
  stepsOf(route: Route): readonly StepNode[];
}

export class GraphError extends Error {
  override readonly name = 'GraphError';
}

type Part = Stage | Node | readonly Node[];

/** Stages in sequence. Each stage takes the output of the part before it. */
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

/** The node with further stages whose outputs its last stage receives. */
export const reading = (node: Node, ...reads: readonly string[]): Node => ({ ...node, reads });

/** Branches that run at the same time. The next stage of the chain takes all their outputs, in this order. */
export const parallel = (...branches: readonly Node[]): readonly Node[] => branches;

/** The inputs that a run has. */
export const inputsOf = (
  { inputs }: Node,
  run: Parameters<NonNullable<Stage['isNeeded']>>[0],
): readonly Node[] => inputs.filter(({ stage }) => stage.isNeeded?.(run) ?? true);

const nodesOf = (node: Node): Node[] => [...node.inputs.flatMap(nodesOf), node];

/** All stages that a stage depends on. Every stage comes after its inputs. */
export const stagesBelow = ({ inputs }: Node): Node[] => inputs.flatMap(nodesOf);

type Parts = Pick<Graph, 'entry' | 'routes' | 'fallbacks'>;

/** @throws GraphError if a stage is used twice, is named wrongly, or a route falls back to itself. */
export function defineGraph(parts: Parts): Graph {
  const { entry, routes, fallbacks } = parts;
  const all = new Map<string, Node>();
  for (const node of [entry, ...ROUTES.map((route) => routes[route])].flatMap(nodesOf)) {
    checkNames(node.stage);
    const { name } = node.stage;
    if (all.has(name)) throw new GraphError(`stage ${name} has two consumers: flows are trees`);
    all.set(name, node);
  }
  checkFallbacks(fallbacks);
  const ordered = Object.fromEntries(ROUTES.map((route) => [route, nodesOf(routes[route])]));
  const steps = Object.fromEntries(ROUTES.map((route) => [route, stepsBelow(routes[route])]));
  return {
    ...parts,
    nodes: [...all.values()],
    names: [...all.keys()],
    find: (stage) => all.get(stage),
    node(stage) {
      const node = all.get(stage);
      if (node === undefined) throw new GraphError(`no stage is called ${stage}`);
      return node;
    },
    stagesOf: (route) => ordered[route] ?? [],
    stepsOf: (route) => steps[route] ?? [],
  };
}

function checkNames({ name, log }: Stage): void {
  if (!/^[a-z]+(\.[a-z]+)*$/.test(name))
    throw new GraphError(`stage name ${name} cannot be part of a job id`);
  if (!/^\w+_responses\.txt$/.test(log))
    throw new GraphError(`the log of stage ${name} must be named <role>_<task>_responses.txt, not ${log}`);
}

function checkFallbacks(fallbacks: Parts['fallbacks']): void {
  for (const route of ROUTES) {
    const seen = new Set<Route>();
    for (let at: Route | undefined = route; at !== undefined; at = fallbacks[at]) {
      if (seen.has(at)) throw new GraphError(`route ${route} falls back to itself`);
      seen.add(at);
    }
  }
}

function stepsBelow(root: Node): StepNode[] {
  const found: { distance: number; node: StepNode }[] = [];
  const visit = (node: Node, distance: number): void => {
    for (const input of node.inputs) visit(input, distance + 1);
    const { name, step = distance > 0 ? name : null } = node.stage;
    if (step !== null) found.push({ distance, node: { ...node, step } });
  };
  visit(root, 0);
  return found.toSorted((a, b) => b.distance - a.distance).map(({ node }) => node);
}
