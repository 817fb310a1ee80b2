import { setTimeout as sleep } from 'node:timers/promises';
import { decide, type Employer, type Graph, hasEnded, type Node, type StageRecord } from '@codegen/pipeline';
import type { Job } from 'bullmq';
import { abreast } from './abreast.ts';
import { type Flows, longest, RUN, type StageJob, strandOf } from './flow.ts';
import { PutOff } from './put-off.ts';
import type { Room } from './room.ts';
import { RunOver, type RunView } from './run-view.ts';
import { JOB_LOST, JobLost, type StageRunner } from './stage-runner.ts';

export interface Parts {
  readonly graph: Graph;
  readonly flows: Flows;
  readonly stages: StageRunner;
  readonly employer: Employer;
  /** Told of every stage that has ended. */
  readonly onEnd: (run: string, record: StageRecord) => void;
}

/** What a job of a run is held with: by whom, and until when. */
export interface Hold {
  readonly job: Job<StageJob>;
  readonly view: RunView;
  /** For other strands of the run; null if each is to have a job of its own. */
  readonly room: Pick<Room, 'take'> | null;
  /** Aborts with an Interruption. */
  readonly signal: AbortSignal;
  /** Adds jobs for strands that end in these stages, as children of this one. */
  fork(nodes: readonly Node[]): Promise<void>;
  /** Waits for the job's children if any are left. @throws WaitingChildrenError if there are */
  join(): Promise<void>;
}

/**
 * Milliseconds the longest branch is ahead of those carried beside it. Begun at once, they would also end their stages at
 * once, and it would wait for what is done for them; they have the time of a whole stage to spare.
 */
const HEAD_START_MS = 5;

/** Carries a strand from stage to stage. Whatever was done of it before is found on record and not done again. */
export function openStrandRunner({ graph, flows, stages, employer, onEnd }: Parts) {
  return {
    /** Brings a run to its end, from wherever it stands. @throws RunOver when it has, PutOff, WaitingChildrenError */
    async conduct(hold: Hold): Promise<never> {
      const { view } = hold;
      for (;;) {
        const { route } = view.run;
        const decision = decide(graph, view.run);
        if (decision.kind === 'settle') await settle(view);
        else if (decision.kind === 'take') view.add({ kind: 'route', route: decision.route });
        else {
          const node = route === null ? graph.entry : graph.routes[route];
          await gather([node], `${RUN}.${node.stage.name}`, hold);
        }
      }
    },

    /** Brings a stage to its end, and before it those it depends on. */
    carry: (node: Node, hold: Hold) => carry(node, hold),
  };

  async function carry(node: Node, hold: Hold): Promise<void> {
    if (hasEnded(hold.view.run.stages[node.stage.name])) return;
    await gather(node.inputs, node.stage.name, hold);
    await end(node, hold);
  }

  /**
   * Brings branches to their ends. Those that are at home here are carried by this job if there is room for them; else
   * one is, the longest, and the others have jobs that are its children.
   */
  async function gather(branches: readonly Node[], mark: string, hold: Hold) {
    const { view, job, room, signal } = hold;
    const here = branches.filter((branch) => flows.isHere(branch, job.queueName));
    const isForked = view.run.forked.includes(mark);
    using beside = here.length > 1 && !isForked ? (room?.take(here.length - 1) ?? null) : null;
    const first = longest(here);
    const own = beside ? here : here.filter((one) => one === first);
    const others = branches.filter((one) => !own.includes(one) && !hasEnded(view.run.stages[one.stage.name]));
    const works = own.map((one) => () => (one === first ? carry(one, hold) : carryBeside(one, hold)));
    await both(
      abreast(works, signal, employer),
      isForked || others.length === 0 ? undefined : forkOff(others, mark, hold),
    );
    if (others.length > 0) await meet(others, hold);
  }

  /** What it begins with is on record before, and what it comes to is afterwards. */
  async function carryBeside(branch: Node, hold: Hold) {
    await hold.view.saveSoon();
    await sleep(HEAD_START_MS, undefined, { signal: hold.signal }).catch(() => {});
    const view = hold.view.beside(branch.stage.name);
    try {
      await carry(branch, { ...hold, view });
    } finally {
      await view.save();
    }
  }

  async function forkOff(others: readonly Node[], mark: string, { view, fork }: Hold) {
    // In this order: if this process dies in between, the strand is taken up again and both are done again.
    await view.saveSoon();
    await fork(others);
    view.add({ kind: 'fork', stage: mark });
  }

  /** Waits for the strands that others carry. One whose jobs are over without an end was lost with its workers. */
  async function meet(others: readonly Node[], { view, join }: Hold) {
    const open = () => others.flatMap(strandOf).filter(({ stage }) => !hasEnded(view.run.stages[stage.name]));
    await view.refresh();
    if (open().length === 0) return;
    await view.save();
    await join();
    await view.refresh();
    for (const node of open()) onEnd(view.run.id, stages.give(view, node));
  }

  async function end(node: Node, { view, signal }: Hold) {
    heedSignal(signal);
    const record = await stages.step(view, node, signal);
    if (!hasEnded(record)) {
      heedSignal(signal);
      throw new PutOff(record.retryAt ?? employer.now());
    }
    onEnd(view.run.id, record);
    if (record.output?.kind === 'question' || record.failure?.intent === 'failRun') await heed(view);
    else view.saveSoon().catch(() => {});
  }

  /** Nothing is begun for a run that is over or a job that is to be let go of. Out of time, stages still end themselves. */
  function heedSignal({ aborted, reason }: AbortSignal) {
    if (!aborted || reason === 'time is up') return;
    if (reason === 'handed back') throw new PutOff(employer.now());
    throw reason === JOB_LOST ? new JobLost() : new RunOver();
  }

  /** A stage may end the whole run, from whichever strand. */
  async function heed(view: RunView) {
    await view.refresh();
    await settle(view);
    await view.save();
  }

  /** @throws RunOver if the run was to be settled */
  async function settle(view: RunView) {
    const decision = decide(graph, view.run);
    if (decision.kind !== 'settle') return;
    view.add({ kind: 'settle', settled: decision.settled, now: employer.now() });
    await view.save();
    throw new RunOver();
  }
}

/** Waits for both, whatever becomes of either. @throws what the first threw, or else the second */
async function both(first: Promise<void> | undefined, second: Promise<void> | undefined) {
  for (const outcome of await Promise.allSettled([first, second]))
    if (outcome.status === 'rejected') throw outcome.reason;
}

export type StrandRunner = ReturnType<typeof openStrandRunner>;
