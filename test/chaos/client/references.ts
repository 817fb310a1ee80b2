import type { System } from '../system/system.ts';
import { completeRequest } from './client.ts';
import { createHistory } from './history.ts';
import { KINDS, type Kind, markerOf } from './requests.ts';

type Result = NonNullable<NonNullable<ReturnType<typeof createHistory>['records'][number]['job']>['result']>;

/** Results of runs without faults. The simulator is deterministic, so runs under faults must return the same. */
export interface References {
  /** Results of the regular route. */
  readonly natural: Readonly<Record<Kind, Reference>>;
  /** Results of another route, which a run takes if a stage is lost. */
  readonly forced: Readonly<Record<Kind, Readonly<Record<'simple' | 'complex', Reference>>>>;
}

export interface Reference {
  readonly route: string;
  readonly result: Result;
}

const RUN_TIMEOUT_MS = 60_000;

/** Runs every kind of request on every route, before faults are injected. */
export async function recordReferences(system: Pick<System, 'urls' | 'simulatorUrl'>): Promise<References> {
  const faults = system.simulatorUrl.replace(/v1$/, '_simulator/faults');
  const force = (marker: string, route: string) =>
    fetch(faults, {
      method: 'POST',
      body: JSON.stringify({
        match: { stage: 'classify', contains: marker },
        fault: { kind: 'text', text: route },
      }),
    });
  let index = 999_999;
  const runOnce = async (kind: Kind, route?: string): Promise<Reference> => {
    const marker = markerOf(index--);
    if (route !== undefined) await force(marker, route);
    const record = createHistory().begin({ marker, kind, mode: 'sync' });
    await completeRequest(record, { urls: system.urls, signal: AbortSignal.timeout(RUN_TIMEOUT_MS) });
    const { job } = record;
    if (job?.result == null || job.route === null || job.degraded.length > 0)
      throw new Error(`the reference for ${kind} is invalid: ${JSON.stringify(record)}`);
    return JSON.parse(JSON.stringify({ route: job.route, result: job.result }).replaceAll(marker, MARKER));
  };
  const all = KINDS.map(async (kind) => {
    const [natural, simple, complex] = await Promise.all([
      runOnce(kind),
      runOnce(kind, 'simple'),
      runOnce(kind, 'complex'),
    ]);
    return { kind, natural, forced: { simple, complex } };
  });
  const recorded = await Promise.all(all);
  await fetch(faults, { method: 'DELETE' });
  return {
    natural: Object.fromEntries(
      recorded.map(({ kind, natural }) => [kind, natural]),
    ) as References['natural'],
    forced: Object.fromEntries(recorded.map(({ kind, forced }) => [kind, forced])) as References['forced'],
  };
}

/** Placeholder of the marker in a reference. */
const MARKER = 'mk-marker-x';

/** The reference with its placeholder replaced by the marker. */
export const withMarker = (reference: Reference, marker: string): Reference =>
  JSON.parse(JSON.stringify(reference).replaceAll(MARKER, marker));
