import type { JobFilter, OnDisconnect } from '@codegen/contract';
import { CodegenError } from './error.ts';

/** The path of a job. @throws CodegenError for an id that cannot be a path segment */
export const jobPath = (id: string): string => `/jobs/${segment(id, 'job')}`;

/** The path of a thread. @throws CodegenError for an id that cannot be a path segment */
export const threadPath = (id: string): string => `/threads/${segment(id, 'thread')}`;

function segment(id: string, what: string): string {
  // URL parsers resolve segments of dots, even if percent-encoded.
  if (/^\.{0,2}$/.test(id)) throw new CodegenError(`${JSON.stringify(id)} is not a ${what} id`);
  return encodeText(id);
}

/** @throws CodegenError if the text contains a lone surrogate */
export function encodeText(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch (cause) {
    throw new CodegenError('a lone surrogate cannot be sent in a URL', { cause });
  }
}

/** Adds a parameter rather than a header, because a custom header would need a CORS preflight in browsers. */
export function withOnDisconnect(path: string, onDisconnect: OnDisconnect | undefined): string {
  if (onDisconnect === undefined) return path;
  return `${path}${path.includes('?') ? '&' : '?'}on_disconnect=${onDisconnect}`;
}

/** The query string of a page of jobs. */
export function listParameters({ metadata = {}, ...filter }: JobFilter, cursor: string | null): string {
  const parameters = parametersOf({ ...filter, cursor });
  for (const [name, value] of Object.entries(metadata)) parameters.set(`metadata.${name}`, value);
  return parameters.toString();
}

/** A query string without the values that are null or undefined. */
export function parametersOf(values: object): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === null) continue;
    parameters.set(name, value instanceof Date ? value.toISOString() : String(value));
  }
  return parameters;
}
