// Written by `npm run docs` from packages/pipeline.
// biome-ignore-all format: generated

export const ROLES = [
  'classifier',
  'interpreter',
  'generator',
  'instructTuned',
  'reviewer',
] as const;

export const ROUTES = [
  'simple',
  'ambiguous',
  'complex',
  'edit',
  'text',
] as const;

export const EFFORTS = [
  'fast',
  'balanced',
  'thorough',
] as const;

export const STEPS = [
  'interpretation',
  'directCode',
  'interpretedCode',
  'enhancedDirectCode',
  'enhancedInterpretedCode',
  'bestImplementation',
] as const;

export const FAILURE_CODES = [
  'rate-limited',
  'overloaded',
  'timeout',
  'connection',
  'upstream-error',
  'empty-answer',
  'truncated',
  'unreadable-answer',
  'unparsable',
  'regression',
  'sandbox',
  'refused',
  'too-long',
  'request-rejected',
  'no-such-model',
  'key-rejected',
  'wrong-base-url',
  'no-credit',
  'worker-lost',
  'record-lost',
  'aborted',
  'deadline',
  'budget',
  'skipped-by-caller',
  'internal',
] as const;

export const IGNORED_REASONS = [
  'repeated',
  'older-version',
  'part',
  'redefined',
  'edit',
  'elided',
  'usage',
  'commands',
  'output',
  'data',
  'tests',
] as const;
