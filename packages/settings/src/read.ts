import type { z } from 'zod';

/** Names every invalid variable, its value and the allowed ones, in one line. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Parses settings from environment variables. A blank variable counts as not set, like `KEY=` in an .env file.
 * @throws SettingsError
 */
export function readSettings<Schema extends z.ZodObject>(
  schema: Schema,
  env: Readonly<Record<string, string | undefined>>,
): z.output<Schema> {
  const given = Object.keys(schema.shape).flatMap((name) => {
    const value = env[name]?.trim();
    return value ? [[name, value] as const] : [];
  });
  const values: Record<string, string> = Object.fromEntries(given);
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path: [name], message }) => {
    return `${String(name)} is ${shown(String(name), values[String(name)])}; it must be ${message}`;
  });
  throw new SettingsError(problems.join('; '));
}

const SECRET_NAME = /KEY|SECRET|TOKEN$|PASSWORD|REDIS_URL|HEADERS/;
/** Matches API keys, URLs with a password and values of 40 characters or more. */
const SECRET_VALUE = /^sk-|:\/\/[^/]*@|^.{40}/s;

/** Hides secrets, also under a misspelt name, because errors go to terminals and logs. */
function shown(name: string, value: string | undefined): string {
  if (value === undefined) return 'not set';
  return SECRET_NAME.test(name) || SECRET_VALUE.test(value) ? 'not valid' : JSON.stringify(value);
}
