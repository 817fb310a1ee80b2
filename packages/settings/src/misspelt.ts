import type { z } from 'zod';
import { likelyName } from './command-line.ts';

/** Letters by which a misspelt variable may differ. The environment holds variables of other programs, too. */
const MAX_DISTANCE = 2;

/** Names of variables that have new ones. */
const RENAMED: Readonly<Record<string, string>> = { MAX_QUEUED: 'MAX_ACTIVE_JOBS' };

/** Shorter names resemble too many others: `HOST` and `HOME`. */
const NAME = /^[A-Z][A-Z0-9_]{5,}$/;

/** A sentence for each variable that is no setting but resembles one. Values are not shown. @param others settings of other processes */
export function misspeltSettings(
  schema: z.ZodObject,
  env: Readonly<Record<string, string | undefined>>,
  others: readonly string[] = [],
): string[] {
  const known = Object.keys(schema.shape);
  const candidates = [...known, ...Object.keys(RENAMED)].filter((name) => NAME.test(name));
  return Object.keys(env).flatMap((name) => {
    if (known.includes(name) || others.includes(name) || !NAME.test(name)) return [];
    const likely = likelyName(name, candidates, MAX_DISTANCE);
    return likely === undefined
      ? []
      : [`${name} is not a setting and is ignored; did you mean ${RENAMED[likely] ?? likely}?`];
  });
}
