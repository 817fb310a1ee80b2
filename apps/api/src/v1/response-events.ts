import type { ResponseObject } from '@codegen/contract';
import type { LoggedEvent } from '@codegen/queue';
import { piecesOf } from './markdown.ts';
import { progressOf } from './progress.ts';
import { messageItem, outputText, reasoningItem } from './response-object.ts';

/** An event of a streamed response, without its number. */
interface ResponseEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Events before the first event of the run. */
const OPENING = 4;

/**
 * The number of the first event that stands for an event of the run. It derives from the run's own sequence, so that a
 * resumed stream has the same numbers on any API process.
 */
export const numberOf = (sequence: number): number => OPENING - 1 + sequence;

/** The run's event after which a stream resumes that got the response's events up to `number`. */
export const sequenceAfter = (number: number): number => Math.max(0, number - OPENING + 1);

/** The events with which the stream of every response begins, numbered from 0. */
export function openingEvents(job: string, response: ResponseObject): ResponseEvent[] {
  const begun: ResponseObject = {
    ...response,
    status: 'in_progress',
    output: [],
    usage: null,
    error: null,
    completed_at: null,
  };
  const part = { type: 'summary_text', text: '' };
  return [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    { type: 'response.output_item.added', output_index: 0, item: reasoningItem(job, 'in_progress', null) },
    { type: 'response.reasoning_summary_part.added', ...reasoningPlace(job), part },
  ];
}

/** The event for the progress of a run; null if its event is of no interest. */
export function progressEvent(job: string, { event }: LoggedEvent): ResponseEvent | null {
  const delta = event && progressOf(event);
  return delta ? { type: 'response.reasoning_summary_text.delta', ...reasoningPlace(job), delta } : null;
}

/** The events from the end of the progress to the end of the response. */
export function closingEvents(job: string, response: ResponseObject): ResponseEvent[] {
  const { output, status } = response;
  return [
    ...output.flatMap((item, output_index) => {
      const done = { type: 'response.output_item.done', output_index, item };
      if (item.type === 'reasoning') return [...reasoningEnd(job, item.summary[0]?.text ?? ''), done];
      return [...messageEvents(job, output_index, item.content[0]?.text ?? ''), done];
    }),
    { type: status === 'completed' ? 'response.completed' : 'response.failed', response },
  ];
}

const reasoningPlace = (job: string) => ({ item_id: `rs_${job}`, output_index: 0, summary_index: 0 });

function reasoningEnd(job: string, text: string): ResponseEvent[] {
  const part = { type: 'summary_text', text };
  return [
    { type: 'response.reasoning_summary_text.done', ...reasoningPlace(job), text },
    { type: 'response.reasoning_summary_part.done', ...reasoningPlace(job), part },
  ];
}

function messageEvents(job: string, output_index: number, text: string): ResponseEvent[] {
  const item = messageItem(job, 'in_progress', null);
  const place = { item_id: item.id, output_index, content_index: 0 };
  const deltas = piecesOf(text).map((delta) => ({
    type: 'response.output_text.delta',
    ...place,
    delta,
    logprobs: [],
  }));
  return [
    { type: 'response.output_item.added', output_index, item },
    { type: 'response.content_part.added', ...place, part: outputText('') },
    ...deltas,
    { type: 'response.output_text.done', ...place, text, logprobs: [] },
    { type: 'response.content_part.done', ...place, part: outputText(text) },
  ];
}

/** A frame of the stream. */
export const responseFrame = (number: number, { type, ...fields }: ResponseEvent): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: number, ...fields })}\n\n`;
