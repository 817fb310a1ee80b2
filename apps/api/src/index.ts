export { type ApiOptions, apiSettings, apiSettingWarnings, checkExposure } from './config.ts';
export { type Api, startApi } from './http/server.ts';
