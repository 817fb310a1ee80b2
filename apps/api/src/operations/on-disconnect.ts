import { onDisconnectSchema } from '@codegen/contract';

const onDisconnect = onDisconnectSchema.optional();

/** Of every request that waits. */
export const onDisconnectQuery = {
  on_disconnect: onDisconnect.describe(
    '`cancel`: the job is cancelled when the last who waits for it has left',
  ),
};

export const onDisconnectHeader = { 'On-Disconnect': onDisconnect.describe('The same as `on_disconnect`') };
