import { decide } from '../src/policy/decide.ts';
import type { StageRecord } from '../src/run/record.ts';
import { graph } from '../src/stages/graph.ts';
import type { Route } from '../src/stages/stage.ts';
import { choice, codeOutput, failedRecord, record } from './fixtures.ts';

export const classified = (route: Route) => record('classify', { output: { kind: 'route', route } });
export const wrote = (stage: string) => record(stage, { output: codeOutput(stage) });
export const skipped = (stage: string) => record(stage, { status: 'skipped' });
export const running = (stage: string) => record(stage, { status: 'running', endedAt: null });
export const interpreted = record('interpret', { output: { kind: 'specification', text: 'spec' } });
export const asks = (stage: string) => record(stage, { output: { kind: 'question', question: 'Which?' } });

export const decideAfter = (route: Route | null, ...records: readonly StageRecord[]) =>
  decide(graph, { route, stages: Object.fromEntries(records.map((one) => [one.stage, one])) });

export const directBranch = [wrote('generate.direct'), wrote('enhance.direct')];
export const interpretedBranch = [interpreted, wrote('generate.interpreted'), wrote('enhance.interpreted')];
export const lostDirectBranch = [failedRecord('generate.direct'), skipped('enhance.direct')];
export const lostInterpretedBranch = [
  failedRecord('interpret'),
  skipped('generate.interpreted'),
  skipped('enhance.interpreted'),
];
export const chose = (of: string) => record('compare', { output: choice(of, 'better') });
export const merged = [chose('enhance.interpreted'), wrote('polish')];
export const nothing = [...lostDirectBranch, ...lostInterpretedBranch, skipped('compare'), skipped('polish')];
