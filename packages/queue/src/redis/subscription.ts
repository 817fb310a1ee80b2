import type { Connection } from './connection.ts';

/**
 * Subscribes, and again whenever the connection is back, and looks each time after what was told while nobody listened.
 * Resolves when it has looked for the first time.
 * @param channels of the moment; with none there is nothing to do
 */
export function keepSubscribed(
  subscriber: Connection,
  channels: () => readonly string[],
  look: () => void | Promise<void>,
): Promise<void> {
  return new Promise<void>((resolve) => {
    const subscribe = () => {
      const names = channels();
      // A connection that is lost meanwhile is there again with the next 'ready'.
      if (names.length > 0)
        subscriber
          .subscribe(...names)
          .then(look)
          .then(resolve, () => {});
    };
    subscriber.on('ready', subscribe);
    if (subscriber.status === 'ready') subscribe();
  });
}
