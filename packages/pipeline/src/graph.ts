import { answer } from './stages/answer.ts';
import { clarify } from './stages/clarify.ts';
import { classify } from './stages/classify.ts';
import { compare } from './stages/compare.ts';
import { enhanceDirect, enhanceInterpreted } from './stages/enhance.ts';
import { generateDirect, generateInterpreted } from './stages/generate.ts';
import { interpret } from './stages/interpret.ts';
import { polish } from './stages/polish.ts';
import { chain, defineGraph, parallel } from './tree.ts';

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
      polish,
    ),
  },
  fallbacks: { complex: 'simple', ambiguous: 'simple' },
});
