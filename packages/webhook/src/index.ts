export type { CallerSecret, WebhookSettings } from './config.ts';
export { hostOf, isPublic, readTarget, TargetError } from './target.ts';
