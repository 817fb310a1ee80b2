import type { Speculation as Eagerness, Graph, Node, Route, StageRecord } from '@codegen/pipeline';
import type { Flows } from './flow.ts';
import type { StageRunner } from './stage-runner.ts';
import type { Hold } from './strand-runner.ts';

interface Parts {
  readonly graph: Graph;
  readonly flows: Flows;
  readonly stages: StageRunner;
  /** For runs that do not say it themselves. */
  readonly speculate: Eagerness;
}

/** Stages of a run that were begun before its route was known. Disposing of it ends them. */
export interface Speculation extends AsyncDisposable {
  /** Whether calls are under way. */
  readonly isBusy: boolean;
  /** The step of a stage that is under way; undefined for one that is not. */
  inHand(node: Node): Promise<StageRecord> | undefined;
  /** Ends what is not on the route that was taken. */
  take(route: Route): void;
  /** Waits for those of some stages that are under way. */
  settled(nodes: readonly Node[]): Promise<void>;
}

export function openSpeculation({ graph, flows, stages, speculate }: Parts, hold: Hold): Speculation {
  const { view, job, signal } = hold;
  const steps = new Map<Node, { readonly record: Promise<StageRecord>; readonly stop: AbortController }>();

  const ending = new Set<Promise<unknown>>();

  const end = (nodes: readonly Node[]) => {
    for (const node of nodes) {
      const step = steps.get(node);
      steps.delete(node);
      step?.stop.abort('not wanted');
      if (step) ending.add(step.record);
    }
  };

  const begin = (node: Node) => {
    const stop = new AbortController();
    const record = stages.step(view, node, AbortSignal.any([signal, stop.signal])).finally(() => {
      steps.delete(node);
      view.save().catch(() => {});
    });
    record.catch(() => {});
    steps.set(node, { record, stop });
  };

  if (view.run.route === null && view.run.stages[graph.entry.stage.name] === undefined) {
    for (const { name } of graph.speculations[view.run.terms.speculate ?? speculate]) {
      const node = graph.node(name);
      // One that would wait in another queue is for the workers of that queue.
      const isHere = flows.isHere(node, job.queueName);
      if (isHere && !signal.aborted) begin(node);
    }
  }

  return {
    get isBusy() {
      return steps.size > 0;
    },
    inHand: (node) => steps.get(node)?.record,
    take(route) {
      const wanted = graph.stagesOf(route);
      end([...steps.keys()].filter((node) => !wanted.includes(node)));
    },
    async settled(nodes) {
      await Promise.allSettled(nodes.flatMap((node) => steps.get(node)?.record ?? []));
    },
    async [Symbol.asyncDispose]() {
      end([...steps.keys()]);
      await Promise.allSettled(ending);
    },
  };
}
