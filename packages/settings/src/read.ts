import type { z } from 'zod';

/** One line that names every wrong variable, what it is and what is allowed. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Reads settings from the environment. A variable that is set but blank counts as not set, as in `KEY=` of an .env file.
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

const SECRET_NAME = /KEY|SECRET|TOKEN|PASSWORD|REDIS_URL/;
/** A key, a URL with a password, or something long. */
const SECRET_VALUE = /^sk-|:\/\/[^/]*@|^.{40}/s;

/** A secret must not reach the terminal or a log, not even one that was put under the wrong name. */
function shown(name: string, value: string | undefined): string {
  if (value === undefined) return 'not set';
  return SECRET_NAME.test(name) || SECRET_VALUE.test(value) ? 'not valid' : JSON.stringify(value);
}
