export { readWorkerOptions, type WorkerOptions, workerQueues, workerSettings } from './config.ts';
export { checkServers } from './servers/check.ts';
export {
  hasNoServer,
  type ModelServer,
  type RoleModels,
  resolveRoles,
  withProxyVariables,
} from './servers/settings.ts';
export { parseStageLog } from './stage-log/entry.ts';
export { type CodegenWorker, startWorker } from './worker.ts';
