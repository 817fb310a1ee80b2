import { choice, failedRecord, interpreted, record, skipped, wrote } from '@codegen/testing/runs/records';
import { chain, defineGraph, parallel } from '../src/graph/define-graph.ts';
import { decide } from '../src/policy/decide.ts';
import type { StageRecord } from '../src/run/record.ts';
import { answer } from '../src/stages/answer.ts';
import { clarify } from '../src/stages/clarify.ts';
import { classify } from '../src/stages/classify.ts';
import { compare } from '../src/stages/compare.ts';
import { edit } from '../src/stages/edit.ts';
import { enhanceDirect, enhanceInterpreted } from '../src/stages/enhance.ts';
import { generateDirect, generateInterpreted } from '../src/stages/generate.ts';
import { interpret } from '../src/stages/interpret.ts';
import { polish } from '../src/stages/polish.ts';
import { reply } from '../src/stages/reply.ts';
import { defineStage, type Route } from '../src/stages/stage.ts';

/** The last stage of the fixed graph. Its output is the code of the response and no step, whatever follows it in the pipeline. */
const { step: _, ...lastStage } = polish;

/** A fixed graph. The rules are tested on it, so that a new stage of the pipeline does not change their tests. */
export const graph = defineGraph({
  entry: chain(classify),
  routes: {
    simple: chain(answer),
    ambiguous: chain(clarify),
    complex: chain(
      parallel(
        chain(generateDirect, enhanceDirect),
        chain(interpret, generateInterpreted, enhanceInterpreted),
      ),
      compare,
      defineStage(lastStage),
    ),
    edit: chain(edit),
    text: chain(reply),
  },
  fallbacks: { complex: 'simple', ambiguous: 'simple', edit: 'simple' },
});

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
