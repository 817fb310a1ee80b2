import { answer } from './answer.ts';
import { clarify } from './clarify.ts';
import { classify } from './classify.ts';
import { compare } from './compare.ts';
import { enhanceDirect, enhanceInterpreted } from './enhance.ts';
import { generateDirect, generateInterpreted } from './generate.ts';
import { interpret } from './interpret.ts';
import { polish } from './polish.ts';
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
