export { likelyName, parseCommandLine, UsageError } from './command-line.ts';
export {
  boolean,
  decimal,
  duration,
  integer,
  jsonObject,
  list,
  logLevel,
  type Setting,
  shutdownGrace,
  url,
} from './fields.ts';
export { type RunningProcess, runProcess } from './process.ts';
export { loadDotEnv, readSettings, SettingsError } from './read.ts';
export { createRepeatLimit, type RepeatLimit } from './repeats.ts';
