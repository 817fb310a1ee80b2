import { branchOf, STAGES, type StageText } from '../state/stages.ts';

/** The complex route from left to right: stages of the branches, then those that both share. */
export interface Columns {
  readonly branches: readonly (readonly string[])[];
  readonly shared: readonly string[];
}

/** Each stage stands as many columns before the end as stages follow it, so that branches of unequal length end together. */
export function columnsOf(stages: Readonly<Record<string, StageText>>): Columns {
  const names = Object.keys(stages).filter((name) => stages[name]?.route === 'complex');
  const following = (name: string): number =>
    Math.max(0, ...names.filter((one) => stages[one]?.after.includes(name)).map((one) => 1 + following(one)));
  const count = 1 + Math.max(...names.map(following));
  const columns = Array.from({ length: count }, (_, index) =>
    names.filter((name) => following(name) === count - 1 - index),
  );
  return {
    branches: columns.filter(([first]) => first !== undefined && branchOf(first) !== null),
    shared: columns.flat().filter((name) => branchOf(name) === null),
  };
}

export const COLUMNS = columnsOf(STAGES);

/** The stages of the complex route in the order in which they may run. */
export const COMPLEX_STAGES = [...COLUMNS.branches.flat(), ...COLUMNS.shared];

/** The stage whose output is the code of the complex route. */
export const LAST_STAGE = COLUMNS.shared.at(-1) ?? '';
