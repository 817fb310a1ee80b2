import { z } from 'zod';

export const time = z.iso.datetime();
export const durationMs = z.int().min(0).nullable().describe('Milliseconds');
export const cost = z.number().min(0).nullable().describe('US dollars; null if nothing is known');
