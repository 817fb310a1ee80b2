import { isDeepStrictEqual } from 'node:util';
import type { JobSeen } from '../job-seen.ts';
import type { Entry } from '../ledger.ts';
import { inWordsOf, type Reference, type References } from '../references.ts';
import { markersIn } from '../request.ts';

type Result = NonNullable<JobSeen['result']>;

/** What is wrong with what a client was given: nothing, if a run gave what it should or said that it could not. */
export function faultsOf(entry: Entry, references: References): string[] {
  const { job, body, asked } = entry;
  const told = [...entry.wrong];
  if (job === null) return told;
  if (body !== undefined && !isDeepStrictEqual(body, job.result))
    told.push('GET /generate answered something else than the job holds');
  if (job.status === 'cancelled') told.push('nobody cancelled it, but it was');
  if (job.status === 'failed' && !job.problem?.type.startsWith('/problems/'))
    told.push(`failed without a typed problem: ${JSON.stringify(job.problem)}`);
  if (job.status !== 'completed') return told;

  const { result, route } = job;
  if (result === null || route === null) return [...told, 'completed without a result'];
  for (const text of textsOf(result)) {
    const markers = markersIn(text);
    if (markers.length !== 1 || markers[0] !== asked.marker)
      told.push(`a text with the markers ${JSON.stringify(markers)}: ${text.slice(0, 200)}`);
  }
  if (job.degraded.length === 0) {
    const natural = inWordsOf(references.natural[asked.kind], asked.marker);
    if (route !== natural.route) told.push(`took the route ${route} and not ${natural.route}, unsaid`);
    else if (!isDeepStrictEqual(result, natural.result))
      told.push(`not what it should be, unsaid: ${differences(result, natural.result)}`);
    return told;
  }
  return [...told, ...strange(job, entry, references)];
}

/** What a run that says it was degraded must not hold all the same: a text that no sound answer has. */
function strange({ route, result }: JobSeen, { asked }: Entry, references: References): string[] {
  if (result === null) return [];
  const natural = references.natural[asked.kind];
  if (route === 'ambiguous') {
    const expected = inWordsOf(natural, asked.marker).result;
    return isDeepStrictEqual(result, expected) ? [] : [`asks back strangely: ${JSON.stringify(result)}`];
  }
  const bodies = bodiesOf(inWordsOf(references.forced[asked.kind][route ?? 'complex'], asked.marker));
  const faults: string[] = [];
  const steps = { ...result.steps, code: result.code };
  for (const [step, text] of Object.entries(steps)) {
    if (text === '' && step !== 'code') continue;
    const allowed = /direct/i.test(step)
      ? [bodies.direct]
      : /interpreted/i.test(step)
        ? [bodies.interpreted]
        : [bodies.direct, bodies.interpreted, bodies.interpretation];
    if (!allowed.includes(bare(text))) faults.push(`${step} is no sound answer: ${text}`);
  }
  return faults;
}

function bodiesOf({ result: { code, steps = {} } }: Reference) {
  return {
    direct: bare(steps.directCode ?? code),
    interpreted: bare(steps.interpretedCode ?? code),
    interpretation: bare(steps.interpretation ?? code),
  };
}

/** Without what enhancing and polishing add, which a degraded run may lack. */
const bare = (text: string) =>
  text
    .split('\n')
    .filter((line) => !/(?:Enhanced|Polished) in simulation/.test(line))
    .join('\n');

const textsOf = ({ code, feedback, steps = {} }: Result) =>
  [code, feedback ?? '', ...Object.values(steps)].filter((text) => text !== '');

/** Which texts differ, and how they begin to. */
function differences(given: Result, expected: Result): string {
  const flat = ({ steps, ...rest }: Result): Record<string, unknown> => ({ ...rest, ...steps });
  const [a, b] = [flat(given), flat(expected)];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]);
  return names
    .map((name) => {
      const [text, other] = [String(a[name]), String(b[name])];
      const at = [...text].findIndex((character, index) => character !== other[index]);
      return `${name} from ${at} on: ${JSON.stringify(text.slice(at, at + 80))}`;
    })
    .join('; ');
}
