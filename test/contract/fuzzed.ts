import fc from 'fast-check';
import { sloppy } from './arbitrary.ts';
import type { OpenApi, Operation, Parameter } from './document.ts';
import type { Request } from './exchange.ts';
import { assembled, type Parts } from './valid.ts';

/** Requests that are more or less what an operation takes; each part may be right, wrong, missing or there twice. */
export function fuzzedRequest(document: OpenApi, operation: Operation, valid: Parts): fc.Arbitrary<Request> {
  const { parameters = [], requestBody } = operation;
  const of = (where: Parameter['in']) => parameters.filter((parameter) => parameter.in === where);
  const valuesFor = ({ schema }: Parameter) => sloppy(document, schema).map(shown);

  const segment = ({ name, ...parameter }: Parameter) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constant(valid.inPath[name] ?? '') },
      valuesFor({ name, ...parameter }).map((value) => encoded(value) || '-'),
      fc.stringMatching(/^[!"$-.0->@-~]{1,40}$/),
    );
  const inPath = fc.record(Object.fromEntries(of('path').map((one) => [one.name, segment(one)])));

  const stray = fc.tuple(fc.string().map(encoded), fc.stringMatching(/^[!-"$-~]{0,20}$/));
  const query = fc
    .tuple(fc.subarray(of('query')), fc.array(stray, { maxLength: 1 }), fc.integer({ min: 0, max: 9 }))
    .chain(([some, strays, twice]) => {
      const pairs = [...some, ...(twice === 0 ? some : [])].map((one) =>
        pairsOf(one, sloppy(document, one.schema)),
      );
      return fc.tuple(...pairs).map((all) => [...valid.query, ...all.flat(), ...strays]);
    });

  const fields = of('header').map((one) => [one.name, valuesFor(one).map(fieldValue)] as const);
  const headers = fc
    .tuple(fc.record(Object.fromEntries(fields), { requiredKeys: [] }), fc.integer({ min: 0, max: 19 }))
    .map(([given, kept]) => ({ ...(kept > 0 && valid.headers), ...given }));

  const schema = requestBody?.content['application/json']?.schema;
  const json = schema && sloppy(document, schema).map((value) => JSON.stringify(value));
  const body = json && fc.oneof({ weight: 9, arbitrary: json }, fc.string({ unit: 'binary' }));

  return fc
    .record({ inPath, query, headers, ...(body && { body }) })
    .map((parts) => assembled({ ...valid, ...parts } as Parts));
}

/** An object is its members, as `style: form` with `explode` has it. */
const pairsOf = ({ name, schema }: Parameter, values: fc.Arbitrary<unknown>) =>
  values.map((value) =>
    schema.type === 'object' && typeof value === 'object' && value !== null
      ? Object.entries(value).map(([name, inner]) => [encoded(name), encoded(shown(inner))] as const)
      : [[encoded(name), encoded(shown(value))] as const],
  );

const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
const encoded = (text: string) => encodeURIComponent(text.toWellFormed());
/** What HTTP can carry in a header. */
const fieldValue = (text: string) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '?');
