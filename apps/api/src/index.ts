export { type ApiOptions, apiSettings } from './config.ts';
export { type Api, startApi } from './server.ts';
