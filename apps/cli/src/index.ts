export { generateSettings, localSettings } from './config.ts';
