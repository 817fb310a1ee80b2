import type { OnDisconnect, StoredRun } from '@codegen/queue';
import type { Response } from 'express';
import { type Heartbeat, startEventStream } from '../http/event-stream.ts';
import type { HandlerDeps } from '../http/route.ts';
import { streamRun } from '../http/run-stream.ts';
import { interruption } from './job.ts';
import {
  closingEvents,
  numberOf,
  openingEvents,
  progressEvent,
  responseFrame,
  sequenceAfter,
} from './response-events.ts';
import { toResponse } from './response-object.ts';

interface StreamDeps extends HandlerDeps {
  readonly heartbeat: Heartbeat;
}

/**
 * Streams the events of a response.
 * @param after number of the last event that the client has; -1 for none
 * @param onFinish called with the finished run before its last events are sent
 */
export async function streamResponse(
  response: Response,
  deps: StreamDeps,
  run: StoredRun,
  after: number,
  onDisconnect: OnDisconnect,
  onFinish: (run: StoredRun) => Promise<void> = async () => {},
) {
  const { id, outcome, lastEvent } = run;
  startEventStream(response);
  let last = after;
  /** The frames of events that the client does not have. */
  const framesFrom = (first: number, events: readonly Parameters<typeof responseFrame>[1][]) =>
    events.flatMap((event, index) => {
      const number = first + index;
      if (number <= last) return [];
      last = number;
      return [responseFrame(number, event)];
    });
  for (const frame of framesFrom(0, openingEvents(id, toResponse(deps, run)))) response.write(frame);

  // The last event of the run stands for several events of the response: the client may have some of them.
  const seen = sequenceAfter(after);
  const client = deps.runs.registerClient(id, onDisconnect);
  await streamRun(
    response,
    deps,
    { id, after: outcome === null ? seen : Math.min(seen, lastEvent - 1), client },
    async (logged) => {
      const first = numberOf(logged.sequence);
      if (logged.event?.type !== 'job.finished') {
        const event = progressEvent(id, logged);
        return event === null ? [] : framesFrom(first, [event]);
      }
      const finished = await deps.runs.load(id);
      if (finished === null) return [];
      await onFinish(finished);
      return framesFrom(first, closingEvents(id, toResponse(deps, finished)));
    },
    (isGone) => {
      const { type, detail } = interruption(isGone).problem;
      const code = type.slice('/problems/'.length);
      return responseFrame(last + 1, { type: 'error', code, message: detail, param: null });
    },
  );
}
