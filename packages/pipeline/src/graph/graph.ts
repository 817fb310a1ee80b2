import { answer } from '../stages/answer.ts';
import { cases } from '../stages/cases.ts';
import { clarify } from '../stages/clarify.ts';
import { classify } from '../stages/classify.ts';
import { compare } from '../stages/compare.ts';
import { edit } from '../stages/edit.ts';
import { enhanceDirect, enhanceInterpreted } from '../stages/enhance.ts';
import { generateDirect, generateInterpreted } from '../stages/generate.ts';
import { interpret } from '../stages/interpret.ts';
import { polish } from '../stages/polish.ts';
import { reply } from '../stages/reply.ts';
import { ROUTES } from '../stages/stage.ts';
import { summarize } from '../stages/summarize.ts';
import { verify } from '../stages/verify.ts';
import { chain, defineGraph, parallel, reading } from './define-graph.ts';

/** The pipeline. Log files, response steps, fixtures and the pictures in the documents derive from it. */
export const graph = defineGraph({
  entry: chain(summarize, classify),
  routes: {
    simple: chain(answer),
    ambiguous: chain(clarify),
    complex: chain(
      parallel(
        chain(generateDirect, enhanceDirect),
        chain(interpret, generateInterpreted, enhanceInterpreted),
      ),
      compare,
      polish,
    ),
    edit: chain(edit),
    text: chain(reply),
  },
  fallbacks: { complex: 'simple', ambiguous: 'simple', edit: 'simple' },
});

const DRAFTS = ['generate.direct', 'generate.interpreted'];
const branches = parallel(
  chain(generateDirect, enhanceDirect),
  chain(interpret, generateInterpreted, enhanceInterpreted),
  chain(cases),
);
const verified = reading(chain(branches, verify), ...DRAFTS);
const compared = reading(chain(verified, compare), ...DRAFTS, 'enhance.direct', 'enhance.interpreted');

/**
 * The pipeline where programs can be run: `cases` writes test cases concurrently with the branches, and `verify` runs the
 * implementations on them before they are compared.
 */
export const verifiedGraph = defineGraph({
  ...graph,
  routes: { ...graph.routes, complex: reading(chain(compared, polish), 'cases', 'verify') },
});

/** The files in the log folder. */
export const LOG_FILES: readonly string[] = [...new Set(verifiedGraph.nodes.map(({ stage }) => stage.log))];

/** The steps of all routes, in the order of a complex response. */
export const STEPS: readonly string[] = [
  ...new Set(ROUTES.toReversed().flatMap((route) => graph.stepsOf(route).map(({ step }) => step))),
];
