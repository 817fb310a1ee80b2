export { sandboxServiceSettings } from './config.ts';
export { startSandbox } from './service.ts';
