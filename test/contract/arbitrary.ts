import fc from 'fast-check';
import { type OpenApi, resolve } from './document.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Values that a schema of the document allows, most of the time, and in their place or within them anything else. */
export function sloppy({ json }: OpenApi, root: Schema): fc.Arbitrary<unknown> {
  const like = (given: unknown): fc.Arbitrary<unknown> => {
    // biome-ignore lint/suspicious/noExplicitAny: a JSON schema, whose keywords are read below
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
  // Of look-arounds fast-check knows nothing.
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern.replace(/\(\?[!=].*?\)/g, '')));
  return fc.string({ unit: 'grapheme', minLength, maxLength });
}
