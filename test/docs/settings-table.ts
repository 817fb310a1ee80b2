import { generateSettings, localSettings } from '@codegen/cli';
import { z } from 'zod';

const settings: z.ZodObject = localSettings.extend(generateSettings.shape);

/** Every environment variable of the service, with its default and description. */
export const variables = Object.entries(settings.shape).map(([name, schema]) => ({
  name,
  preset: presetText(schema) ?? schema.parse(undefined),
  description: schema.description ?? '',
}));

/** The default of a setting that is parsed from a text with a default; undefined for other settings. */
function presetText(schema: z.core.$ZodType): unknown {
  if (schema instanceof z.ZodDefault) return schema.def.defaultValue;
  return schema instanceof z.ZodPipe ? presetText(schema.def.in) : undefined;
}

/** A default as an environment value; an empty string if there is none. */
const written = (preset: unknown): string => {
  if (Array.isArray(preset)) return preset.join(',');
  return preset === null || preset === undefined || typeof preset === 'object' ? '' : String(preset);
};

const shown = (preset: unknown): string => (written(preset) === '' ? '–' : `\`${written(preset)}\``);

/** The table of docs/configuration.md. */
export const settingsTable = (): string =>
  [
    '| variable | default | meaning |',
    '|---|---|---|',
    ...variables.map(
      ({ name, preset, description }) => `| \`${name}\` | ${shown(preset)} | ${description} |`,
    ),
  ].join('\n');

/** `.env.example`: every variable with its description, set to its default and commented out. */
export const envExample = (): string =>
  [
    '# Copy this file to .env and set what you need. Lines that begin with # show the defaults.',
    ...variables.map(({ name, preset, description }) => {
      return `\n# ${description.replaceAll('`', '')}\n${name === 'OPENROUTER_API_KEY' ? '' : '# '}${name}=${written(preset)}`;
    }),
    '',
  ].join('\n');
