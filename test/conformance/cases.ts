import type { Case } from '@codegen/testing/runs/case';
import { cancellation } from './cancellation.ts';
import { degradation } from './degradation.ts';
import { editing } from './editing.ts';
import { fatalFailures } from './fatal-failures.ts';
import { options } from './options.ts';
import { retries } from './retries.ts';
import { routes } from './routes.ts';
import { syntax } from './syntax.ts';

/** The behaviour of a graph for one run, as data. A new stage adds its cases here. */
export const cases: Readonly<Record<string, readonly Case[]>> = {
  routes,
  retries,
  degradation,
  'fatal failures': fatalFailures,
  cancellation,
  options,
  syntax,
  editing,
};
