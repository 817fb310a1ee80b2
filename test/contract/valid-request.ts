import type { OpenApi, Operation, Parameter } from '@codegen/testing/openapi/document';
import { resolve } from '@codegen/testing/openapi/document';
import type { Request } from '@codegen/testing/openapi/http-request';
import { KEY } from './site.ts';

/** A request in parts, so that a test can replace one of them. */
export interface RequestParts {
  readonly method: string;
  readonly path: string;
  readonly pathValues: Readonly<Record<string, string>>;
  /** Percent-encoded. */
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The smallest valid request of an operation: required parameters with their example values. */
export function validRequest({ json }: OpenApi, operation: Operation, jobId: string): RequestParts {
  const { method, path, parameters = [], security } = operation;
  const required = (where: Parameter['in']) =>
    parameters.filter((parameter) => parameter.in === where && parameter.required);
  const example = ({ name, schema }: Parameter) => idOf(name, jobId) ?? String(schema.example);
  const body = resolve(json, operation.requestBody?.content['application/json']?.schema)?.example;
  return {
    method,
    path,
    pathValues: Object.fromEntries(required('path').map((one) => [one.name, example(one)])),
    query: required('query').map((one) => [one.name, encodeURIComponent(example(one))] as const),
    headers: {
      ...(security?.length !== 0 && { Authorization: `Bearer ${KEY}` }),
      ...(body && { 'Content-Type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  };
}

/** The value of a path parameter that names a job; null for other parameters. */
export const idOf = (parameter: string, jobId: string): string | null =>
  ({ id: jobId, responseId: `resp_${jobId}` })[parameter] ?? null;

export function buildRequest({ method, path, pathValues, query, headers, body }: RequestParts): Request {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => pathValues[name] ?? '');
  const target = query.length === 0 ? '' : `?${query.map((pair) => pair.join('=')).join('&')}`;
  return { method, path: `${filled}${target}`, headers, ...(body !== undefined && { body }) };
}
