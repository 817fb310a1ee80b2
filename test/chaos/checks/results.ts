import { isDeepStrictEqual } from 'node:util';
import type { JobView, RequestRecord } from '../client/history.ts';
import { type Reference, type References, withMarker } from '../client/references.ts';
import { markersIn } from '../client/requests.ts';

type Result = NonNullable<JobView['result']>;

/** Errors in the responses of a request; none if its result is correct or reported as degraded or failed. */
export function checkResult(record: RequestRecord, references: References): string[] {
  const { job, body, request } = record;
  const found = [...record.errors];
  if (job === null) return found;
  if (body !== undefined && !isDeepStrictEqual(body, job.result))
    found.push('GET /generate returned another result than the job');
  if (job.status === 'cancelled') found.push('the job was cancelled without a request');
  if (job.status === 'failed' && !job.problem?.type.startsWith('/problems/'))
    found.push(`failed without a typed problem: ${JSON.stringify(job.problem)}`);
  if (job.status !== 'completed') return found;

  const { result, route } = job;
  if (result === null || route === null) return [...found, 'completed without a result'];
  for (const text of textsOf(result)) {
    const markers = markersIn(text);
    if (markers.length !== 1 || markers[0] !== request.marker)
      found.push(`a text with the markers ${JSON.stringify(markers)}: ${text.slice(0, 200)}`);
  }
  if (job.degraded.length === 0) {
    const natural = withMarker(references.natural[request.kind], request.marker);
    if (route !== natural.route)
      found.push(`took the route ${route} instead of ${natural.route} without being degraded`);
    else if (!isDeepStrictEqual(result, natural.result))
      found.push(`wrong result without being degraded: ${differences(result, natural.result)}`);
    return found;
  }
  return [...found, ...checkDegraded(job, record, references)];
}

/** Texts of a degraded result that are part of no correct answer. */
function checkDegraded(
  { route, result }: JobView,
  { request }: RequestRecord,
  references: References,
): string[] {
  if (result === null) return [];
  const natural = references.natural[request.kind];
  if (route === 'ambiguous') {
    const expected = withMarker(natural, request.marker).result;
    return isDeepStrictEqual(result, expected) ? [] : [`wrong question: ${JSON.stringify(result)}`];
  }
  const bodies = bodiesOf(withMarker(references.forced[request.kind][route ?? 'complex'], request.marker));
  const faults: string[] = [];
  const steps = { ...result.steps, code: result.code };
  for (const [step, text] of Object.entries(steps)) {
    if (text === '' && step !== 'code') continue;
    const allowed = /direct/i.test(step)
      ? [bodies.direct]
      : /interpreted/i.test(step)
        ? [bodies.interpreted]
        : [bodies.direct, bodies.interpreted, bodies.interpretation];
    if (!allowed.includes(bare(text))) faults.push(`${step} is not part of a correct answer: ${text}`);
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

/** Removes the lines that enhance and polish add; a degraded run may lack them. */
const bare = (text: string) =>
  text
    .split('\n')
    .filter((line) => !/(?:Enhanced|Polished) in simulation/.test(line))
    .join('\n');

const textsOf = ({ code, feedback, steps = {} }: Result) =>
  [code, feedback ?? '', ...Object.values(steps)].filter((text) => text !== '');

/** The names of differing texts with their first difference. */
function differences(actual: Result, expected: Result): string {
  const flat = ({ steps, ...rest }: Result): Record<string, unknown> => ({ ...rest, ...steps });
  const [a, b] = [flat(actual), flat(expected)];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]);
  return names
    .map((name) => {
      const [text, other] = [String(a[name]), String(b[name])];
      const at = [...text].findIndex((character, index) => character !== other[index]);
      return `${name} from ${at} on: ${JSON.stringify(text.slice(at, at + 80))}`;
    })
    .join('; ');
}
