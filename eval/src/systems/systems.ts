import {
  defineGraph,
  type Graph,
  graph,
  type Node,
  ROLES,
  type Role,
  type Route,
  verifiedGraph,
} from '@codegen/pipeline';
import { UsageError } from '@codegen/settings';

/** A way to answer a request that is measured. */
export interface System {
  /** Stored with the results. */
  readonly name: string;
  readonly title: string;
  readonly graph: Graph;
  /** The route of every request. The choice of `classify` is not measured. */
  readonly route: Route;
}

export const VERIFIED = 'verified';
export const UNVERIFIED = 'unverified';
const ONCE = 'once:';

/** The pipeline without some of its stages. What they would have received goes to the stage after them. */
export function without(whole: Graph, names: readonly string[]): Graph {
  const prune = (node: Node): readonly Node[] => {
    const inputs = node.inputs.flatMap(prune);
    if (names.includes(node.stage.name)) return inputs;
    const direct = inputs.map(({ stage }) => stage.name);
    const reads = node.reads?.filter((name) => !names.includes(name) && !direct.includes(name));
    return [{ stage: node.stage, inputs, ...(reads && { reads }) }];
  };
  const [root] = prune(whole.routes.complex);
  if (root === undefined) throw new RangeError('no stage is left');
  return defineGraph({ ...whole, routes: { ...whole.routes, complex: root } });
}

const LEFT_OUT: readonly (readonly [name: string, title: string, stages: readonly string[]])[] = [
  ['improving', 'improving the drafts', ['enhance.direct', 'enhance.interpreted']],
  [
    'specification',
    'the branch from the specification',
    ['interpret', 'generate.interpreted', 'enhance.interpreted'],
  ],
  ['direct', 'the direct branch', ['generate.direct', 'enhance.direct']],
  ['polish', 'the polish', ['polish']],
];

/** The pipeline with and without verification, and with each part left out in turn. */
const pipelines: readonly System[] = [
  { name: UNVERIFIED, title: 'pipeline without verification', graph, route: 'complex' },
  { name: VERIFIED, title: 'pipeline with verification', graph: verifiedGraph, route: 'complex' },
  ...LEFT_OUT.map(
    ([name, title, stages]): System => ({
      name: `no-${name}`,
      title: `with verification, without ${title}`,
      graph: without(verifiedGraph, stages),
      route: 'complex',
    }),
  ),
];

/** One call of the model of a role, with the prompt of the simple route. */
const onceOf = (model: string, role: Role): System => ({
  name: `${ONCE}${model}`,
  title: `${model}, once`,
  graph: defineGraph({
    ...graph,
    routes: { ...graph.routes, simple: { stage: { ...graph.node('answer').stage, role }, inputs: [] } },
  }),
  route: 'simple',
});

export const isOnce = (name: string): boolean => name.startsWith(ONCE);

/** Every main model once, and the pipelines. @throws UsageError if a name of `only` is no pipeline */
export function systemsFor(
  models: (role: Role) => readonly string[],
  only: readonly string[] = [],
): readonly System[] {
  const names = pipelines.map(({ name }) => name);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UsageError(`--systems takes ${names.join(', ')}, not ${unknown}`);
  const roleOf = new Map<string, Role>();
  for (const role of ROLES) {
    const [main] = models(role);
    if (main !== undefined && !roleOf.has(main)) roleOf.set(main, role);
  }
  return [
    ...[...roleOf].map(([model, role]) => onceOf(model, role)),
    ...pipelines.filter(({ name }) => only.length === 0 || only.includes(name)),
  ];
}
