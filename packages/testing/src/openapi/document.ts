import { sendRequest } from './http-request.ts';

type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

export interface ResponseDescription {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly required?: boolean; readonly schema: Schema }>>;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

/** An operation of the document. */
export interface Operation {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  /** By status, with references resolved. */
  readonly responses: Readonly<Record<string, ResponseDescription>>;
}

export interface OpenApi {
  readonly json: Schema;
  readonly operations: readonly Operation[];
}

/** The document that a running API serves. */
export async function readDocument(url: string): Promise<OpenApi> {
  const { body } = await sendRequest(url, { method: 'get', path: '/openapi.json' });
  return parseDocument(JSON.parse(body));
}

// biome-ignore lint/suspicious/noExplicitAny: a document that is valid, which document.test.ts asserts
export function parseDocument(json: any): OpenApi {
  const operations = Object.entries(json.paths).flatMap(([path, item]) =>
    Object.entries(item as object).map(([method, operation]): Operation => {
      const responses = Object.entries(operation.responses).map(([status, response]) => [
        status,
        resolve(json, response),
      ]);
      return { ...operation, method, path, responses: Object.fromEntries(responses) };
    }),
  );
  return { json, operations };
}

/** Resolves a reference; returns other values unchanged. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export function resolve(json: any, value: any): any {
  if (typeof value?.$ref !== 'string') return value;
  const names = value.$ref.slice('#/'.length).split('/');
  return names.reduce((inner: Record<string, unknown>, name: string) => inner[name], json);
}

/** The problem types of a response; null if it is not a problem. */
export function problemTypesOf({ json }: OpenApi, { content }: ResponseDescription): string[] | null {
  // biome-ignore lint/suspicious/noExplicitAny: a JSON schema
  const openAiError: any = content?.['application/json']?.schema?.properties;
  if (openAiError?.error?.properties?.code) return codesOf(openAiError.error.properties.code);
  const schema = content?.['application/problem+json']?.schema;
  if (schema === undefined) return null;
  // biome-ignore lint/suspicious/noExplicitAny: a JSON schema
  const typesIn = (part: any): string[] => {
    const resolved = resolve(json, part);
    const parts = [...(resolved.allOf ?? []), ...(resolved.anyOf ?? [])];
    return [...(resolved.properties?.type?.enum ?? []), ...parts.flatMap(typesIn)];
  };
  const types = typesIn(schema);
  return types.map((type: string) => type.slice('/problems/'.length));
}

const codesOf = (code: { readonly enum?: string[]; readonly const?: string }) =>
  code.enum ?? [code.const ?? ''];

/** The problem type of an error, in either form of the service. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export const problemTypeOf = (body: any): string =>
  body.error?.code ?? String(body.type).slice('/problems/'.length);
