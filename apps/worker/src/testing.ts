/** Internals that tests of other packages inspect. Product code imports the package itself. */

export { prepareNative } from '@codegen/sandbox';
export { runCases } from './sandbox.ts';
export { createModelClients } from './servers/clients.ts';
export { formatEntry, type LogEntry, type ParsedEntry, parseStageLog } from './stage-log/entry.ts';
export { createStageLog } from './stage-log/log.ts';
export { checkSyntax } from './syntax.ts';
