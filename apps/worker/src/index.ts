export { readWorkerOptions, type WorkerOptions, workerQueues, workerSettings } from './config.ts';
export { parseStageLog } from './stage-log/entry.ts';
export { type CodegenWorker, startWorker } from './worker.ts';
