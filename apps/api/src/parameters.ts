import { ProblemError } from './problem.ts';

/** The query string of a request target, read as forms are. `query` itself is read strictly, by `readQuery`. */
export const parametersOf = (target: string): URLSearchParams => new URLSearchParams(target.split('?', 2)[1]);

/** A parameter that may be given once; null if it is not. @throws ProblemError */
export function readOnce(parameters: URLSearchParams, name: string): string | null {
  const [value = null, ...more] = parameters.getAll(name);
  if (more.length > 0) throw new ProblemError('invalid-parameter', `Give ${name} once.`);
  return value;
}

/** @throws ProblemError unless it is given once as `true` or `false`, or not at all */
export function readFlag(parameters: URLSearchParams, name: string, preset: boolean): boolean {
  const value = readOnce(parameters, name) ?? String(preset);
  if (value === 'true' || value === 'false') return value === 'true';
  throw new ProblemError('invalid-parameter', `${name} is either true or false.`);
}
