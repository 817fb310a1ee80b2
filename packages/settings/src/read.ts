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
    const value = values[String(name)];
    // A key must not reach the terminal or a log because it was put under the wrong name.
    const shown =
      value === undefined
        ? 'not set'
        : /KEY|SECRET|TOKEN|REDIS_URL/.test(String(name))
          ? 'not valid'
          : JSON.stringify(value);
    return `${String(name)} is ${shown}; it must be ${message}`;
  });
  throw new SettingsError(problems.join('; '));
}
