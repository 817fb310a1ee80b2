import type { OpenApi, Operation, Parameter } from './document.ts';
import { resolve } from './document.ts';
import type { Request } from './exchange.ts';
import { KEY } from './site.ts';

/** A request in its parts, so that one of them can be spoiled. */
export interface Parts {
  readonly method: string;
  readonly path: string;
  readonly inPath: Readonly<Record<string, string>>;
  /** Encoded already. */
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The plainest request that an operation takes: what is required, with the values of its examples. */
export function validRequest({ json }: OpenApi, operation: Operation, jobId: string): Parts {
  const { method, path, parameters = [], security } = operation;
  const required = (where: Parameter['in']) =>
    parameters.filter((parameter) => parameter.in === where && parameter.required);
  const example = ({ name, schema }: Parameter) => (name === 'id' ? jobId : String(schema.example));
  const body = resolve(json, operation.requestBody?.content['application/json']?.schema)?.example;
  return {
    method,
    path,
    inPath: Object.fromEntries(required('path').map((one) => [one.name, example(one)])),
    query: required('query').map((one) => [one.name, encodeURIComponent(example(one))] as const),
    headers: {
      ...(security?.length !== 0 && { Authorization: `Bearer ${KEY}` }),
      ...(body && { 'Content-Type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  };
}

export function assembled({ method, path, inPath, query, headers, body }: Parts): Request {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => inPath[name] ?? '');
  const target = query.length === 0 ? '' : `?${query.map((pair) => pair.join('=')).join('&')}`;
  return { method, path: `${filled}${target}`, headers, ...(body !== undefined && { body }) };
}
