import { readSettings } from '@codegen/settings';
import { z } from 'zod';

const settings = z.object({
  CODEGEN_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'visible ASCII characters')
    .optional(),
});

/** The key for the service at CODEGEN_URL, if it asks for one. @throws SettingsError */
export const readCodegenKey = (env = process.env): string | undefined =>
  readSettings(settings, env).CODEGEN_API_KEY;
