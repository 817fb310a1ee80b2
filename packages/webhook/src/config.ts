import { boolean } from '@codegen/settings';
import { z } from 'zod';
import { readSecret } from './secret.ts';

const secrets = z
  .string()
  .optional()
  .transform((text, context): readonly Buffer[] => {
    const entries = (text ?? '').split(',').flatMap((entry) => (entry.trim() === '' ? [] : [entry.trim()]));
    const keys = entries.map(readSecret).filter((key) => key !== null);
    if (keys.length === entries.length) return keys;
    const message = 'secrets between commas, each "whsec_" and 24 to 64 bytes in base64';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

/** What API and workers must agree on about webhooks. Descriptions are their lines in the README. */
export const webhookSettings = z.object({
  WEBHOOK_SECRETS: secrets.describe(
    'What webhooks are signed with: `whsec_…` secrets between commas, each of which signs; the same for API and workers. No webhooks when not set',
  ),
  WEBHOOK_ALLOW_PRIVATE: boolean(false).describe(
    'Whether webhooks may go to private and loopback addresses; the same for API and workers',
  ),
});

export type WebhookSettings = z.output<typeof webhookSettings>;
