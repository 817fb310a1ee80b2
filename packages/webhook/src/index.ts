export { isPublic } from './address.ts';
export { type WebhookSettings, webhookSettings } from './config.ts';
export { type SignedMessage, signatureHeaders } from './signature.ts';
export { hostOf, readTarget, TargetError } from './target.ts';
