import { type Reply as ModelReply, type Replies, reply, writes } from '../models/replies.ts';
import { type Service, startService } from './service.ts';

type Given = Omit<NonNullable<Parameters<typeof startService>[0]>, 'replies'>;

/** Starts a service whose models answer some stages only after `release`. */
export async function startBlocked(
  stages: readonly string[],
  given: Given = {},
  replies: Replies = {},
): Promise<{ service: Service; release: () => void }> {
  const { promise, resolve: release } = Promise.withResolvers<void>();
  const blocked = stages.map((stage): [string, ModelReply] => [
    stage,
    (call, moments) => promise.then(() => writes(call, moments)),
  ]);
  const service = await startService({ ...given, replies: { ...replies, ...Object.fromEntries(blocked) } });
  return { service, release };
}

/** Starts a service that takes the simple route and answers only after `release`. */
export const startSimpleBlocked = (given: Given = {}) =>
  startBlocked(['answer'], given, { classify: reply('simple') });
