export { type CallerSecret, type WebhookSettings, webhookSettings } from './config.ts';
export { hostOf, isPublic, readTarget, TargetError } from './target.ts';
