import { type FailureCode, fromQuery } from '@codegen/pipeline';
import { lost, type Replies, reply } from '@codegen/testing/models/replies';
import { type ModelCall, scriptModels } from '@codegen/testing/models/scripted-models';
import type { StartExecutor } from '@codegen/testing/runs/executor';
import { expect } from 'vitest';

interface FollowUp {
  readonly title: string;
  readonly replies: Replies;
  /** The request of the first run. */
  readonly first: string;
  /** The stages that the second run calls. */
  readonly calls: readonly string[];
  readonly degraded: Readonly<Record<string, FailureCode>>;
  /** Parts of the prompts of all stages but `summarize`. */
  readonly prompted: readonly string[];
  /** What none of them contains. */
  readonly left: readonly string[];
}

const SUMMARY = 'The person wants a name printed.';
const BEGINNING = 'Print a name.';
const END = 'END OF THE FIRST REQUEST';
/** More than the earlier turns may take of the context of a model of the default size. */
const LONG = `${BEGINNING} ${'Mind the details. '.repeat(1_000)}${END}`;
const REQUEST = 'Print it twice';

const base: Replies = { classify: reply('simple'), summarize: reply(SUMMARY) };

/** The second run of a thread. */
export const followUps: readonly FollowUp[] = [
  {
    title: 'has the earlier turns word for word while they are short',
    replies: base,
    first: `${BEGINNING} ${END}`,
    calls: ['classify', 'answer'],
    degraded: {},
    prompted: [BEGINNING, END, REQUEST],
    left: [SUMMARY],
  },
  {
    title: 'has a summary in place of long earlier turns',
    replies: base,
    first: LONG,
    calls: ['summarize', 'classify', 'answer'],
    degraded: {},
    prompted: [SUMMARY, REQUEST],
    left: [END],
  },
  {
    title: 'has the beginnings of long earlier turns when summarize fails',
    replies: { ...base, summarize: lost },
    first: LONG,
    calls: ['summarize', 'classify', 'answer'],
    degraded: { summarize: 'too-long' },
    prompted: [BEGINNING, REQUEST],
    left: [END],
  },
  {
    title: 'has them as well when the summary is empty',
    replies: { ...base, summarize: reply(' ') },
    first: LONG,
    calls: ['summarize', 'summarize', 'summarize', 'classify', 'answer'],
    degraded: { summarize: 'unreadable-answer' },
    prompted: [BEGINNING, REQUEST],
    left: [END],
  },
];

export async function checkFollowUp(
  { replies, first, calls, degraded, prompted, left }: FollowUp,
  startExecutor: StartExecutor,
) {
  const models = scriptModels(replies);
  await using executor = await startExecutor(models);
  const run = await executor.run(fromQuery(first));
  const before = models.calls.length;
  const { outcome, files } = await executor.followUp(run, fromQuery(REQUEST));
  const called = models.calls.slice(before);
  expect(called.map(({ stage }) => stage)).toEqual(calls);
  expect(outcome).toMatchObject({ status: 'completed', route: 'simple' });
  const codes = outcome?.status === 'completed' ? outcome.degraded : [];
  expect(Object.fromEntries(codes.map(({ stage, code }) => [stage, code]))).toEqual(degraded);
  expect(files).toHaveLength(1);
  for (const call of called.filter(({ stage }) => stage !== 'summarize')) checkPrompt(call, prompted, left);
}

function checkPrompt({ prompt: { user } }: ModelCall, prompted: readonly string[], left: readonly string[]) {
  for (const text of prompted) expect(user).toContain(text);
  for (const text of left) expect(user).not.toContain(text);
}
