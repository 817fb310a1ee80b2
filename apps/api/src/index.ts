export { type ApiOptions, apiSettings, checkExposure } from './config.ts';
export { type Api, startApi } from './http/server.ts';
