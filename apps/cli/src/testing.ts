/** Internals that tests of other packages inspect. */
export { createProgressPrinter } from './generate/progress-printer.ts';
export { codeFor, createLog, createTerminal, printable, toJson } from './terminal.ts';
