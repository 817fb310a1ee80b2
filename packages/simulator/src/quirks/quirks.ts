import { content } from './content.ts';
import { errorBodies } from './error-bodies.ts';
import { errorKinds } from './error-kinds.ts';
import { finishReasons } from './finish-reasons.ts';
import { forms } from './forms.ts';
import type { Quirk, QuirkGroup } from './quirk.ts';
import { streamErrors } from './stream-errors.ts';
import { waits } from './waits.ts';

/** Odd responses of model servers, each seen in public reports. */
export const QUIRK_GROUPS: readonly QuirkGroup[] = [
  finishReasons,
  content,
  forms,
  streamErrors,
  errorBodies,
  errorKinds,
  waits,
];

export const QUIRKS: ReadonlyMap<string, Quirk> = new Map(
  QUIRK_GROUPS.flatMap(({ quirks }) => quirks).map((quirk) => [quirk.name, quirk]),
);
