import { type Reply as ModelReply, type Replies, reply, writes } from '@codegen/testing/replies';
import { type Service, startService } from './service.ts';

type Given = Omit<NonNullable<Parameters<typeof startService>[0]>, 'replies'>;

/** A service whose models answer some stages only after `release`. */
export async function startHeld(
  stages: readonly string[],
  given: Given = {},
  replies: Replies = {},
): Promise<{ service: Service; release: () => void }> {
  const { promise, resolve: release } = Promise.withResolvers<void>();
  const held = stages.map((stage): [string, ModelReply] => [
    stage,
    (asked, moments) => promise.then(() => writes(asked, moments)),
  ]);
  const service = await startService({ ...given, replies: { ...replies, ...Object.fromEntries(held) } });
  return { service, release };
}

/** A service that takes the simple route and answers only after `release`. */
export const startSimpleHeld = (given: Given = {}) =>
  startHeld(['answer'], given, { classify: reply('simple') });
