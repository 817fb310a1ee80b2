/** What a model is employed for. Each role has a main model and stand-ins, chosen by configuration. */
export const ROLES = ['classifier', 'interpreter', 'generator', 'instructTuned', 'reviewer'] as const;
export type Role = (typeof ROLES)[number];
