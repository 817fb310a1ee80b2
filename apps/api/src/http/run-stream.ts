import type { ClientLease, LoggedEvent } from '@codegen/queue';
import type { Response } from 'express';
import { type Heartbeat, writeFrame } from './event-stream.ts';
import type { HandlerDeps } from './route.ts';

interface StreamDeps extends Pick<HandlerDeps, 'runs' | 'shutdown' | 'log'> {
  readonly heartbeat: Heartbeat;
}

/** A run to stream, from the event after a sequence number. */
interface Followed {
  readonly id: string;
  readonly after: number;
  readonly client: ClientLease;
}

/**
 * Sends the events of a run as frames, and ends the response: after the last event, when the client disconnects, and
 * when the API shuts down. The event stream must have been started.
 * @param framesOf the frames of an event; if it throws, the response ends
 * @param interrupted the last frame of a response that ends before the run
 */
export async function streamRun(
  response: Response,
  { runs, shutdown, log, heartbeat }: StreamDeps,
  { id, after, client }: Followed,
  framesOf: (event: LoggedEvent) => Promise<readonly string[]>,
  interrupted: (isGone: boolean) => string = () => '',
) {
  const stop = new AbortController();
  const abort = () => stop.abort();
  response.once('close', abort);
  const unsubscribe = shutdown.subscribe(abort);
  const endHeartbeat = heartbeat.keepAlive(response);
  let isFinished = false;
  let isGone = false;
  try {
    for await (const event of runs.follow(id, after, stop.signal)) {
      const frames = await framesOf(event);
      isFinished = event.event?.type === 'job.finished';
      if (isFinished) client.release('finished');
      for (const frame of frames) await writeFrame(response, frame, stop.signal);
    }
    isGone = !isFinished && !stop.signal.aborted;
  } catch (error) {
    if (!stop.signal.aborted) log.warn({ err: error, run: id }, 'event stream broken');
  } finally {
    // On shutdown too: the client reconnects to another API process.
    client.release('disconnected');
    endHeartbeat();
    unsubscribe();
    if (!isFinished && !response.destroyed) response.write(interrupted(isGone));
    response.end();
  }
}
