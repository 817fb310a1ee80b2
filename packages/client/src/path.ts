import { CodegenError } from './error.ts';

/** @throws CodegenError for an id that could be no part of a path: the service has given out no such one */
export function pathOf(id: string): string {
  // A URL takes dots alone for a step on the way, percent-encoded or not.
  if (/^\.{0,2}$/.test(id)) throw new CodegenError(`${JSON.stringify(id)} is no id of a job`);
  return `/jobs/${encoded(id)}`;
}

/** Text as a URL holds it. @throws CodegenError */
export function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch (cause) {
    throw new CodegenError('half a surrogate pair cannot be sent in a URL', { cause });
  }
}
