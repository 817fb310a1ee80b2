export { readWorkerOptions, takenQueues, type WorkerOptions, workerSettings } from './config.ts';
export { parseStageLog } from './stage-log/entry.ts';
export { type CodegenWorker, startWorker } from './worker.ts';
