import type { JobStage, Step } from '@codegen/contract';

/** A version of the code: A from the request, B from the specification, a prime for improved. */
export type Letter = 'A' | 'A′' | 'B' | 'B′' | 'final';

export interface StageText {
  /** What a waiting stage will do. */
  readonly does: string;
  readonly after: readonly string[];
  /** Its route. Absent for stages of every route, and for those that only some runs of a route have. */
  readonly route?: string;
  /** The version that the stage writes. */
  readonly makes?: Letter;
  /** The name of its output in a result. */
  readonly step?: Step | 'code';
}

/** The stages that the graph draws. A stage without an entry is listed, but not drawn. */
export const STAGES: Readonly<Record<string, StageText>> = {
  summarize: { does: 'sums up older turns', after: [] },
  classify: { does: 'chooses the route', after: [] },
  answer: { does: 'writes the code', after: ['classify'], route: 'simple', step: 'code' },
  edit: { does: 'changes the code', after: ['classify'], route: 'edit', step: 'code' },
  clarify: { does: 'asks a question back', after: ['classify'], route: 'ambiguous' },
  interpret: {
    does: 'writes a specification',
    after: ['classify'],
    route: 'complex',
    step: 'interpretation',
  },
  'generate.direct': {
    does: 'drafts from the request',
    after: ['classify'],
    route: 'complex',
    makes: 'A',
    step: 'directCode',
  },
  'generate.interpreted': {
    does: 'drafts from the specification',
    after: ['interpret'],
    route: 'complex',
    makes: 'B',
    step: 'interpretedCode',
  },
  'enhance.direct': {
    does: 'improves draft A',
    after: ['generate.direct'],
    route: 'complex',
    makes: 'A′',
    step: 'enhancedDirectCode',
  },
  'enhance.interpreted': {
    does: 'improves draft B',
    after: ['generate.interpreted'],
    route: 'complex',
    makes: 'B′',
    step: 'enhancedInterpretedCode',
  },
  cases: { does: 'writes test cases', after: ['classify'] },
  verify: {
    does: 'runs all versions on test cases',
    after: ['enhance.direct', 'enhance.interpreted', 'cases'],
  },
  reply: { does: 'writes a text', after: ['classify'], route: 'text' },
  compare: {
    does: 'chooses a version',
    after: ['verify', 'enhance.direct', 'enhance.interpreted'],
    route: 'complex',
    step: 'bestImplementation',
  },
  polish: {
    does: 'finishes the chosen version',
    after: ['compare'],
    route: 'complex',
    makes: 'final',
    step: 'code',
  },
};

export const STAGE_NAMES = Object.keys(STAGES);

const stagesOf = (route: string) => STAGE_NAMES.filter((name) => STAGES[name]?.route === route);

/** The stages of each route that the graph draws. */
export const ROUTE_STAGES: Readonly<Partial<Record<string, readonly string[]>>> = Object.fromEntries(
  ['simple', 'ambiguous', 'edit', 'text', 'complex'].map((route) => [
    route,
    ['classify', ...stagesOf(route)],
  ]),
);

const LETTERS: readonly Letter[] = ['A', 'A′', 'B', 'B′', 'final'];

/** Where the code of each version is in a result. */
export const VERSIONS: readonly (readonly [Letter, stage: string, step: Step | 'code'])[] = LETTERS.flatMap(
  (letter) =>
    Object.entries(STAGES).flatMap(([name, { makes, step }]) =>
      makes === letter && step !== undefined ? [[letter, name, step] as const] : [],
    ),
);

/** The first part of a stage's name, as its card shows it. */
export const shortName = (stage: string) => stage.split('.')[0] ?? stage;

/** The branch of a stage of the complex route; null for the stages that both share. */
export const branchOf = (stage: string): 'direct' | 'interpreted' | null =>
  stage.endsWith('.direct')
    ? 'direct'
    : stage === 'interpret' || stage.endsWith('.interpreted')
      ? 'interpreted'
      : null;

export const letterOf = (stage: string | null | undefined): Letter | null =>
  (stage && STAGES[stage]?.makes) || null;

/** How the page shows a stage. */
export type StageState =
  | 'waiting'
  | 'running'
  | 'retrying'
  | 'done'
  | 'failed'
  | 'degraded'
  | 'skipped'
  | 'cancelled';

export const isLive = (state: StageState) => state === 'running' || state === 'retrying';

export const hasEnded = (state: StageState) => state !== 'waiting' && !isLive(state);

const STATES: Readonly<Record<JobStage['status'], StageState>> = {
  waiting: 'waiting',
  'not-started': 'waiting',
  running: 'running',
  retrying: 'retrying',
  completed: 'done',
  skipped: 'skipped',
  failed: 'degraded',
  cancelled: 'cancelled',
};

/** @param isFatal whether the failure of the stage ended the job */
export const stateOfStage = (status: JobStage['status'], isFatal: boolean): StageState =>
  status === 'failed' && isFatal ? 'failed' : (STATES[status] ?? 'waiting');
