import { generateSettings, localSettings } from '@codegen/cli';
import type { z } from 'zod';

const settings: z.ZodObject = localSettings.extend(generateSettings.shape);

/** Every environment variable of the service, as code has it. */
export const variables = Object.entries(settings.shape).map(([name, schema]) => ({
  name,
  preset: schema.parse(undefined),
  description: schema.description ?? '',
}));

/** A default as it would be written into the environment; empty if there is none. */
const written = (preset: unknown): string => {
  if (Array.isArray(preset)) return preset.join(',');
  return preset === null || preset === undefined || typeof preset === 'object' ? '' : String(preset);
};

const shown = (preset: unknown): string => (written(preset) === '' ? '–' : `\`${written(preset)}\``);

/** The README's table of them. */
export const settingsTable = (): string =>
  [
    '| variable | default | meaning |',
    '|---|---|---|',
    ...variables.map(
      ({ name, preset, description }) => `| \`${name}\` | ${shown(preset)} | ${description} |`,
    ),
  ].join('\n');

/** `.env.example`: every variable with its meaning, set to its default, commented out. */
export const envExample = (): string =>
  [
    '# Copy to .env and set what you need. Lines that begin with # are the defaults.',
    ...variables.map(({ name, preset, description }) => {
      return `\n# ${description.replaceAll('`', '')}\n${name === 'OPENROUTER_API_KEY' ? '' : '# '}${name}=${written(preset)}`;
    }),
    '',
  ].join('\n');
