import {
  type Decision,
  decide,
  type Graph,
  hasEnded,
  lostStage,
  type Node,
  type Run,
  type StageRecord,
} from '@codegen/pipeline';
import { FlowProducer, type Job, WaitingChildrenError } from 'bullmq';
import type { Connection } from './connection.ts';
import type { Flows, StageJob } from './flow.ts';
import { persist } from './persist.ts';
import type { RunStore } from './run-store.ts';

interface Parts {
  readonly graph: Graph;
  readonly store: RunStore;
  readonly redis: Connection;
  readonly prefix: string;
  readonly flows: Flows;
  readonly now: () => number;
}

export interface RunControl {
  /** Carries out what follows for a run from a stage that has just ended. May be called again for the same stage. */
  advance(run: string, record: StageRecord): Promise<void>;
  /** Ends the stages below one whose turn it is that have no end: their jobs are over, so their workers were lost. */
  endLost(run: string, node: Node): Promise<void>;
  /** Ends the run job. Should the run not be settled yet, stages were lost: it goes on without them. */
  finish(job: Job<StageJob>, token: string | undefined): Promise<void>;
  close(): Promise<void>;
}

/** Turns the decisions of the graph into jobs and endings. */
export function openRunControl({ graph, store, redis, prefix, flows, now }: Parts): RunControl {
  const producer = new FlowProducer({ connection: redis, prefix, skipVersionCheck: true });
  producer.on('error', () => {});

  async function carryOut(run: Run, decision: Decision) {
    if (decision.kind === 'settle') await persist(() => store.settle(run.id, decision.settled, now()));
    if (decision.kind === 'take') {
      // In this order: if this process dies in between, the stage is taken up again and both are done again.
      await persist(() => producer.add(flows.route(decision.route, run.id)));
      await persist(() => store.takeRoute(run.id, decision.route));
    }
  }

  return {
    async advance(id, record) {
      if (!isDecisive(graph, record)) return;
      const run = await store.load(id);
      if (run !== null && run.settled === null) await carryOut(run, decide(graph, run));
    },

    async endLost(id, node) {
      const run = await store.load(id);
      if (run !== null && run.settled === null) await endLostStages(run, below(node));
    },

    async finish(job, token) {
      const run = await store.load(job.data.run);
      if (run === null || run.settled !== null) return;
      const whole = await endLostStages(run, run.route === null ? [graph.entry] : graph.stagesOf(run.route));
      const decision = decide(graph, whole);
      await carryOut(whole, decision);
      if (decision.kind !== 'take' || token === undefined) return;
      if (await job.moveToWaitingChildren(token)) throw new WaitingChildrenError();
      // All of the route that was taken is over already.
      await this.finish(job, token);
    },

    close: () => producer.close(),
  };

  async function endLostStages(run: Run, nodes: readonly Node[]): Promise<Run> {
    const stages: Record<string, StageRecord> = { ...run.stages };
    for (const { stage, inputs } of nodes) {
      const previous = stages[stage.name];
      if (hasEnded(previous)) continue;
      const taken = inputs.map((input) => ({
        stage: input.stage.name,
        output: stages[input.stage.name]?.output ?? null,
      }));
      const context = { conversation: run.conversation, seed: run.seed, inputs: taken };
      const record = lostStage({ run: run.id, stage, context, previous }, now());
      stages[stage.name] = record;
      await store.putStage(run.id, record);
    }
    return { ...run, stages };
  }
}

/** The stages whose outputs a stage depends on, inputs first. */
const below = ({ inputs }: Node): Node[] => inputs.flatMap((input) => [...below(input), input]);

/** Most stages only make room for the next one; for those the run need not be read. */
const isDecisive = ({ entry, routes }: Graph, { stage, output, failure }: StageRecord) =>
  stage === entry.stage.name ||
  output?.kind === 'question' ||
  failure?.intent === 'failRun' ||
  Object.values(routes).some((root) => root.stage.name === stage);
