export { type Catalogue, listModels, nameIn } from './servers/catalogue.ts';
export { checkServers } from './servers/check.ts';
export { checkKey, probeModel } from './servers/probe.ts';
export { ServerFault } from './servers/request.ts';
export { parseStageLog } from './stage-log/entry.ts';
export { type CodegenWorker, startWorker } from './worker.ts';
