import { z } from 'zod';

const onDisconnect = z.enum(['cancel', 'continue']).optional();

/** Of every request that waits. */
export const onDisconnectQuery = {
  on_disconnect: onDisconnect.describe(
    '`cancel`: the job is cancelled when the last who waits for it has left',
  ),
};

export const onDisconnectHeader = { 'On-Disconnect': onDisconnect.describe('The same as `on_disconnect`') };
