export { likelyName, parseCommandLine, UsageError } from './command-line.ts';
export { loadDotEnv } from './dot-env.ts';
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
export { misspeltSettings } from './misspelt.ts';
export { onStopSignals, type RunningProcess, runProcess } from './process.ts';
export { readSettings, SettingsError } from './read.ts';
export { createRepeatLimit, type RepeatLimit } from './repeats.ts';
