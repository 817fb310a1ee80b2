import type { Case } from '@codegen/testing/case';
import { cancel } from './cancel.ts';
import { degrade } from './degrade.ts';
import { fatal } from './fatal.ts';
import { retries } from './retries.ts';
import { routes } from './routes.ts';
import { options } from './terms.ts';

/** All that a graph has to do for one run, as data. */
export const cases: Readonly<Record<string, readonly Case[]>> = {
  routes,
  retries,
  degrade,
  fatal,
  cancel,
  options,
};
