/** Internals that tests of other packages inspect. Product code imports the package itself. */
export { sameCode, similarity } from './code/code.ts';
export { extractCode } from './code/extract.ts';
export { findJson } from './code/json.ts';
