import { type Case, COMPLEX, complexBut } from '@codegen/testing/case';
import { after, fails, hangs, type Replies, reply } from '@codegen/testing/replies';

interface Row {
  readonly stage: string;
  /** What was asked by then. Nothing else ever is. */
  readonly asked: readonly string[];
  readonly replies?: Replies;
  /** Where the other branch stands: its call is in hand. */
  readonly other?: string;
}

const rows: readonly Row[] = [
  { stage: 'classify', asked: ['classify'] },
  { stage: 'answer', asked: ['classify', 'answer'], replies: { classify: reply('simple') } },
  { stage: 'clarify', asked: ['classify', 'clarify'], replies: { classify: reply('ambiguous') } },
  { stage: 'generate.direct', asked: ['classify', 'generate.direct', 'interpret'], other: 'interpret' },
  { stage: 'interpret', asked: ['classify', 'generate.direct', 'interpret'], other: 'generate.direct' },
  {
    stage: 'enhance.direct',
    asked: ['classify', 'generate.direct', 'enhance.direct', 'interpret'],
    other: 'interpret',
  },
  {
    stage: 'generate.interpreted',
    asked: ['classify', 'generate.direct', 'interpret', 'generate.interpreted'],
    other: 'generate.direct',
  },
  { stage: 'enhance.interpreted', asked: complexBut('compare', 'polish'), other: 'enhance.direct' },
  { stage: 'compare', asked: complexBut('polish') },
  { stage: 'polish', asked: COMPLEX },
];

/** What no stand-in can mend fails the run at once, wherever it is met. */
export const fatal: readonly Case[] = rows.flatMap(({ stage, asked, replies, other }) =>
  (['key-rejected', 'no-credit'] as const).map((code): Case => {
    const fatally = fails({ intent: 'failRun', code });
    return {
      title: `${stage} meets ${code}: the run fails, and no stage begins any more`,
      replies: {
        ...replies,
        [stage]: other ? after(other, fatally) : fatally,
        ...(other && { [other]: hangs }),
      },
      asked,
      ends: { status: 'failed', stage, code },
    };
  }),
);
