export { type Api, startApi } from './http/server.ts';
