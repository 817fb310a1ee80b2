import { carryThrough } from './client.ts';
import { openLedger } from './ledger.ts';
import { KINDS, type Kind, markerOf } from './request.ts';
import type { Site } from './site.ts';

type Result = NonNullable<NonNullable<ReturnType<typeof openLedger>['entries'][number]['job']>['result']>;

/** What undisturbed runs gave, which is what disturbed ones must give: the simulator answers alike to like requests. */
export interface References {
  /** Of a run that nothing happened to. */
  readonly natural: Readonly<Record<Kind, Reference>>;
  /** Of a run that took a route because a stage before it was lost. */
  readonly forced: Readonly<Record<Kind, Readonly<Record<'simple' | 'complex', Reference>>>>;
}

export interface Reference {
  readonly route: string;
  readonly result: Result;
}

const LONGEST_RUN_MS = 60_000;

/** Asks for every kind on every route, before anything is broken. */
export async function takeReferences(site: Pick<Site, 'urls' | 'simulatorUrl'>): Promise<References> {
  const faults = site.simulatorUrl.replace(/v1$/, '_simulator/faults');
  const force = (marker: string, route: string) =>
    fetch(faults, {
      method: 'POST',
      body: JSON.stringify({
        match: { stage: 'classify', contains: marker },
        fault: { kind: 'text', text: route },
      }),
    });
  let index = 999_999;
  const take = async (kind: Kind, route?: string): Promise<Reference> => {
    const marker = markerOf(index--);
    if (route !== undefined) await force(marker, route);
    const entry = openLedger().begin({ marker, kind, way: 'sync' });
    await carryThrough(entry, { urls: site.urls, giveUp: AbortSignal.timeout(LONGEST_RUN_MS) });
    const { job } = entry;
    if (job?.result == null || job.route === null || job.degraded.length > 0)
      throw new Error(`the reference for ${kind} went wrong: ${JSON.stringify(entry)}`);
    return JSON.parse(JSON.stringify({ route: job.route, result: job.result }).replaceAll(marker, MARKER));
  };
  const all = KINDS.map(async (kind) => {
    const [natural, simple, complex] = await Promise.all([
      take(kind),
      take(kind, 'simple'),
      take(kind, 'complex'),
    ]);
    return { kind, natural, forced: { simple, complex } };
  });
  const taken = await Promise.all(all);
  await fetch(faults, { method: 'DELETE' });
  return {
    natural: Object.fromEntries(taken.map(({ kind, natural }) => [kind, natural])) as References['natural'],
    forced: Object.fromEntries(taken.map(({ kind, forced }) => [kind, forced])) as References['forced'],
  };
}

/** Stands for a run's marker in a reference. */
const MARKER = 'mk-marker-x';

/** A reference as it is for a request with that marker. */
export const inWordsOf = (reference: Reference, marker: string): Reference =>
  JSON.parse(JSON.stringify(reference).replaceAll(MARKER, marker));
