import { type ParseArgsConfig, parseArgs } from 'node:util';
import { closestMatch } from 'leven';

/** A wrong command line. The message is for the user; programs print it with their usage and exit with 2. */
export class UsageError extends Error {}

/** Letters by which a misspelt option may differ from the suggested one. */
const MAX_DISTANCE = 3;

/** The name that a misspelt one may stand for; undefined if each differs by more letters than `maxDistance`. */
export const likelyName = (
  name: string,
  names: readonly string[],
  maxDistance = MAX_DISTANCE,
): string | undefined => closestMatch(name, names, { maxDistance });

/** `parseArgs` of `node:util` whose errors suggest the option that was meant. @throws UsageError */
export function parseCommandLine<const Config extends ParseArgsConfig>(config: Config) {
  try {
    return parseArgs(config);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const unknown = /^Unknown option '(-+)([^']+)'/.exec(message);
    if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION' || unknown === null) throw new UsageError(message);
    const [, dashes = '', name = ''] = unknown;
    // A short name resembles too many others.
    const maxDistance = Math.min(MAX_DISTANCE, Math.ceil(name.length / 2));
    const likely = likelyName(name, Object.keys(config.options ?? {}), maxDistance);
    const hint = likely === undefined ? '' : `; did you mean --${likely}?`;
    throw new UsageError(`unknown option ${dashes}${name}${hint}`);
  }
}
