import type { Failure } from '../run/failure.ts';
import type { NextCall } from './model-selection.ts';

/** What all workers together know of models. Times are ms since 1970. */
export interface ModelHealth {
  /** Models that are to be left alone, and until when. */
  readonly cooldowns: ReadonlyMap<string, number>;
  /** Models that keep failing, and until when nobody tries. A stage waits for one only if no other can serve. */
  readonly failing: ReadonlyMap<string, number>;
}

/** Whether a call may begin. */
export type Acquisition =
  | { readonly kind: 'call' }
  /** Not before; who serves instead, or when, is to be found anew. */
  | { readonly kind: 'wait'; readonly until: number; readonly failing: boolean }
  /** Neither this model nor another. */
  | { readonly kind: 'fail'; readonly failure: Failure };

/** Asked before each call: what only all workers together can know, such as how many calls a minute there were. */
export type Acquire = (model: string) => Promise<Acquisition>;

/** Finds a model that may be called now, or when one may be. */
export async function selectModel(
  plan: (modelHealth: ModelHealth) => NextCall,
  modelHealth: ModelHealth,
  acquire: Acquire | undefined,
  now: () => number,
): Promise<NextCall> {
  let known = modelHealth;
  for (;;) {
    const next = plan(known);
    if (acquire === undefined || next.kind === 'end' || next.at > now()) return next;
    const admission = await acquire(next.model);
    if (admission.kind === 'call') return next;
    if (admission.kind === 'fail') return { kind: 'end', failure: admission.failure };
    const which = admission.failing ? 'failing' : 'cooldowns';
    // Later than now in any case, or it would be asked for ever.
    const until = Math.max(admission.until, now() + 1);
    known = { ...known, [which]: new Map(known[which]).set(next.model, until) };
  }
}
