import type { JobStage, Step } from '@codegen/contract';

/** A version of the code: A from the request, B from the specification, a prime for improved. */
export type Letter = 'A' | 'A′' | 'B' | 'B′' | 'final';

interface StageText {
  /** What a waiting stage will do. */
  readonly does: string;
  readonly after: readonly string[];
  /** The version that the stage writes. */
  readonly makes?: Letter;
  /** The name of its output in a result. */
  readonly step?: Step | 'code';
}

/** The stages that the graph draws. A stage without an entry is listed, but not drawn. */
export const STAGES: Readonly<Record<string, StageText>> = {
  summarize: { does: 'sums up older turns', after: [] },
  classify: { does: 'chooses the route', after: [] },
  answer: { does: 'writes the code', after: ['classify'], step: 'code' },
  edit: { does: 'changes the code', after: ['classify'], step: 'code' },
  clarify: { does: 'asks a question back', after: ['classify'] },
  interpret: { does: 'writes a specification', after: ['classify'], step: 'interpretation' },
  'generate.direct': { does: 'drafts from the request', after: ['classify'], makes: 'A', step: 'directCode' },
  'generate.interpreted': {
    does: 'drafts from the specification',
    after: ['interpret'],
    makes: 'B',
    step: 'interpretedCode',
  },
  'enhance.direct': {
    does: 'improves draft A',
    after: ['generate.direct'],
    makes: 'A′',
    step: 'enhancedDirectCode',
  },
  'enhance.interpreted': {
    does: 'improves draft B',
    after: ['generate.interpreted'],
    makes: 'B′',
    step: 'enhancedInterpretedCode',
  },
  cases: { does: 'writes test cases', after: ['classify'] },
  verify: {
    does: 'runs all versions on test cases',
    after: ['enhance.direct', 'enhance.interpreted', 'cases'],
  },
  reply: { does: 'writes a text', after: ['classify'] },
  compare: {
    does: 'chooses a version',
    after: ['verify', 'enhance.direct', 'enhance.interpreted'],
    step: 'bestImplementation',
  },
  polish: { does: 'finishes the chosen version', after: ['compare'], makes: 'final', step: 'code' },
};

export const STAGE_NAMES = Object.keys(STAGES);

/** The stages of each route that the graph draws. */
export const ROUTE_STAGES: Readonly<Partial<Record<string, readonly string[]>>> = {
  simple: ['classify', 'answer'],
  ambiguous: ['classify', 'clarify'],
  edit: ['classify', 'edit'],
  text: ['classify', 'reply'],
  complex: [
    'classify',
    'generate.direct',
    'interpret',
    'generate.interpreted',
    'enhance.direct',
    'enhance.interpreted',
    'compare',
    'polish',
  ],
};

/** Where the code of each version is in a result. */
export const VERSIONS: readonly (readonly [Letter, stage: string, step: Step | 'code'])[] = [
  ['A', 'generate.direct', 'directCode'],
  ['A′', 'enhance.direct', 'enhancedDirectCode'],
  ['B', 'generate.interpreted', 'interpretedCode'],
  ['B′', 'enhance.interpreted', 'enhancedInterpretedCode'],
  ['final', 'polish', 'code'],
];

/** The first part of a stage's name, as its card shows it. */
export const shortName = (stage: string) => stage.split('.')[0] ?? stage;

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
