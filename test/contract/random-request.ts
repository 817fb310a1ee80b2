import { type OpenApi, type Operation, type Parameter, resolve } from '@codegen/testing/openapi/document';
import type { Request } from '@codegen/testing/openapi/http-request';
import fc from 'fast-check';
import { buildRequest, type RequestParts } from './valid-request.ts';

/** Requests for an operation in which each part may be valid, invalid, missing or repeated. */
export function randomRequest(
  document: OpenApi,
  operation: Operation,
  valid: RequestParts,
): fc.Arbitrary<Request> {
  const { parameters = [], requestBody } = operation;
  const of = (where: Parameter['in']) => parameters.filter((parameter) => parameter.in === where);
  const valuesFor = ({ schema }: Parameter) => randomValue(document, schema).map(asText);

  const segment = ({ name, ...parameter }: Parameter) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constant(valid.pathValues[name] ?? '') },
      valuesFor({ name, ...parameter }).map((value) => encoded(value) || '-'),
      fc.stringMatching(/^[!"$-.0->@-~]{1,40}$/),
    );
  const pathValues = fc.record(Object.fromEntries(of('path').map((one) => [one.name, segment(one)])));

  const unknownParameter = fc.tuple(fc.string().map(encoded), fc.stringMatching(/^[!-"$-~]{0,20}$/));
  const query = fc
    .tuple(
      fc.subarray(of('query')),
      fc.array(unknownParameter, { maxLength: 1 }),
      fc.integer({ min: 0, max: 9 }),
    )
    .chain(([some, unknown, twice]) => {
      const pairs = [...some, ...(twice === 0 ? some : [])].map((one) =>
        pairsOf(one, randomValue(document, one.schema)),
      );
      return fc.tuple(...pairs).map((all) => [...valid.query, ...all.flat(), ...unknown]);
    });

  const fields = of('header').map((one) => [one.name, valuesFor(one).map(fieldValue)] as const);
  const headers = fc
    .tuple(fc.record(Object.fromEntries(fields), { requiredKeys: [] }), fc.integer({ min: 0, max: 19 }))
    .map(([given, keepValid]) => ({ ...(keepValid > 0 && valid.headers), ...given }));

  const schema = requestBody?.content['application/json']?.schema;
  const json = schema && randomValue(document, schema).map((value) => JSON.stringify(value));
  const body = json && fc.oneof({ weight: 9, arbitrary: json }, fc.string({ unit: 'binary' }));

  return fc
    .record({ pathValues, query, headers, ...(body && { body }) })
    .map((parts) => buildRequest({ ...valid, ...parts } as RequestParts));
}

/** An object becomes one parameter per member (`style: form`, `explode: true`). */
const pairsOf = ({ name, schema }: Parameter, values: fc.Arbitrary<unknown>) =>
  values.map((value) =>
    schema.type === 'object' && typeof value === 'object' && value !== null
      ? Object.entries(value).map(([name, inner]) => [encoded(name), encoded(asText(inner))] as const)
      : [[encoded(name), encoded(asText(value))] as const],
  );

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
const encoded = (text: string) => encodeURIComponent(text.toWellFormed());
/** Replaces characters that are invalid in a header. */
const fieldValue = (text: string) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '?');

type Schema = Readonly<Record<string, unknown>>;

/** Mostly values that the schema allows; sometimes any JSON, at any depth. */
function randomValue({ json }: OpenApi, root: Schema): fc.Arbitrary<unknown> {
  const like = (given: unknown): fc.Arbitrary<unknown> => {
    // biome-ignore lint/suspicious/noExplicitAny: a JSON schema
    const schema: any = resolve(json, given);
    return fc.oneof({ weight: 19, arbitrary: fitting(schema) }, { weight: 1, arbitrary: fc.jsonValue() });
  };

  // biome-ignore lint/suspicious/noExplicitAny: as above
  const fitting = (schema: any): fc.Arbitrary<unknown> => {
    const choices = schema.anyOf ?? (schema.properties ? undefined : schema.oneOf);
    if (choices) return fc.oneof(...choices.map(like));
    if (schema.enum) return fc.constantFrom(...schema.enum);
    if ('const' in schema) return fc.constant(schema.const);
    switch (schema.type) {
      case 'string':
        return fc.oneof(
          { weight: 4, arbitrary: text(schema) },
          { weight: 'example' in schema ? 8 : 0, arbitrary: fc.constant(schema.example) },
          { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
        );
      case 'integer':
      case 'number':
        return fc.oneof(fc.integer({ min: schema.minimum ?? -9, max: schema.maximum ?? 99 }), fc.double());
      case 'boolean':
        return fc.boolean();
      case 'array':
        return fc.array(like(schema.items), { maxLength: 4 });
      case 'object':
        return object(schema);
      default:
        return fc.jsonValue();
    }
  };

  // biome-ignore lint/suspicious/noExplicitAny: as above
  const object = (schema: any): fc.Arbitrary<unknown> => {
    const { properties = {}, required = [], propertyNames, additionalProperties, oneOf = [{}] } = schema;
    const alternatives: string[] = oneOf.flatMap((form: Schema) => form.required ?? []);
    const members = oneOf.map(({ required: own = [] }: { required?: string[] }) => {
      const named = Object.keys(properties)
        .filter((name) => own.includes(name) || !alternatives.includes(name))
        .map((name) => [name, like(properties[name])] as const);
      return fc.record(Object.fromEntries(named), { requiredKeys: [...required, ...own] });
    });
    const names = propertyNames ? text(propertyNames) : fc.string();
    const more = additionalProperties ? like(additionalProperties) : fc.jsonValue();
    const others = fc.dictionary(names, more, { maxKeys: 4 });
    if (Object.keys(properties).length === 0) return others;
    const usual = fc.oneof(...members);
    return fc.oneof({ weight: 9, arbitrary: usual }, fc.tuple(usual, ...members, others).map(merged));
  };

  return like(root);
}

const merged = (parts: unknown[]) => Object.assign({}, ...parts);

/** A string by its pattern or format. */
// biome-ignore lint/suspicious/noExplicitAny: as above
function text({ pattern, format, maxLength = 60, minLength = 0 }: any): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time')
    return fc
      .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
      .map((date) => date.toISOString());
  // fast-check does not support look-arounds.
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern.replace(/\(\?[!=].*?\)/g, '')));
  return fc.string({ unit: 'grapheme', minLength, maxLength });
}
