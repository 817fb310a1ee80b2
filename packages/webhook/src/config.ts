import { boolean } from '@codegen/settings';
import { z } from 'zod';

const SECRET = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/;

/** The key in a secret such as `whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`; null unless it has 24 to 64 bytes. */
function readSecret(text: string): Buffer | null {
  const [, base64] = SECRET.exec(text) ?? [];
  if (base64 === undefined) return null;
  const key = Buffer.from(base64, 'base64');
  return key.length >= 24 && key.length <= 64 ? key : null;
}

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

/** A secret that signs the webhooks of one caller. */
export interface CallerSecret {
  readonly caller: string;
  readonly key: Buffer;
}

const callerSecrets = z
  .string()
  .optional()
  .transform((text, context): readonly CallerSecret[] => {
    const entries = (text ?? '').split(',').flatMap((entry) => (entry.trim() === '' ? [] : [entry.trim()]));
    const found = entries.flatMap((entry) => {
      const [, caller = '', secret = ''] = /^([a-z0-9][a-z0-9_-]{0,39}):(.*)$/.exec(entry) ?? [];
      const key = readSecret(secret);
      return key === null ? [] : [{ caller, key }];
    });
    if (found.length === entries.length) return found;
    const message = 'pairs between commas, each a name of API_KEYS, ":" and a secret as in WEBHOOK_SECRETS';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

/** Settings that the API and the workers share. Each description is the variable's documentation. */
export const webhookSettings = z.object({
  WEBHOOK_SECRETS: secrets.describe(
    'Secrets that sign webhooks: `whsec_…`, comma-separated; every one signs each message. Must be the same for API and workers. Webhooks are disabled when not set',
  ),
  WEBHOOK_CALLER_SECRETS: callerSecrets.describe(
    'Secrets of single callers: `alice:whsec_…`, comma-separated. They sign the webhooks of their caller in place of `WEBHOOK_SECRETS`, so that no caller can forge those of another. Must be the same for API and workers',
  ),
  WEBHOOK_ALLOW_PRIVATE: boolean(false).describe(
    'Whether webhooks may be sent to private and loopback addresses. Must be the same for API and workers',
  ),
});

export type WebhookSettings = z.output<typeof webhookSettings>;
