export { parseCommandLine, UsageError } from './command-line.ts';
export { loadDotEnv } from './dot-env.ts';
export { boolean, duration, integer, list, type Setting, url } from './field.ts';
export { logLevel } from './log-level.ts';
export { type Running, runProcess } from './process.ts';
export { readSettings, SettingsError } from './read.ts';
export { shutdownGrace } from './shutdown-grace.ts';
