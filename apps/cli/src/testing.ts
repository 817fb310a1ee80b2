/** Internals that tests of other packages inspect. */
export { createProgressPrinter } from './generate/progress-printer.ts';
export { createLog } from './log.ts';
export { codeFor, createTerminal, printable, toJson } from './terminal.ts';
