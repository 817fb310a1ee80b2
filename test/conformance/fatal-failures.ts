import { after, fails, hangs, type Replies, reply } from '@codegen/testing/models/replies';
import { type Case, complexAfter, complexBefore } from '@codegen/testing/runs/case';

interface Row {
  readonly stage: string;
  /** The calls before the failure. */
  readonly before: readonly string[];
  readonly replies?: Replies;
  /** The stage of the other branch whose call is open. */
  readonly open?: string;
}

const rows: readonly Row[] = [
  { stage: 'classify', before: [] },
  { stage: 'answer', before: ['classify'], replies: { classify: reply('simple') } },
  { stage: 'clarify', before: ['classify'], replies: { classify: reply('ambiguous') } },
  { stage: 'generate.direct', before: ['classify'], open: 'interpret' },
  { stage: 'interpret', before: ['classify'], open: 'generate.direct' },
  { stage: 'enhance.direct', before: ['classify', 'generate.direct'], open: 'interpret' },
  { stage: 'generate.interpreted', before: ['classify', 'interpret'], open: 'generate.direct' },
  {
    stage: 'enhance.interpreted',
    before: ['classify', 'generate.direct', 'interpret', 'generate.interpreted'],
    open: 'enhance.direct',
  },
  ...['compare', ...complexAfter('compare')].map((stage) => ({ stage, before: complexBefore(stage) })),
];

/** A failure that no fallback model can mend fails the run at once, in any stage. */
export const fatalFailures: readonly Case[] = rows.flatMap(({ stage, before, replies, open }) =>
  (['key-rejected', 'no-credit', 'wrong-base-url'] as const).map((code): Case => {
    const failure = fails({ intent: 'failRun', code });
    return {
      title: `${code} in ${stage} fails the run, and no further stage begins`,
      replies: {
        ...replies,
        [stage]: open ? after(open, failure) : failure,
        ...(open && { [open]: hangs }),
      },
      calls: [...before, stage, ...(open ? [open] : [])],
      outcome: { status: 'failed', stage, code },
    };
  }),
);
