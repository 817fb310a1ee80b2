import { type Code, sameCode } from '../code/code.ts';
import type { CaseRun, Version } from '../run/verification.ts';
import { judge } from '../run/verification.ts';
import { casesOf, codeOf } from './code-stage.ts';
import { defineStage, type StageContext } from './stage.ts';

/** The draft and the improved version of each branch. */
const BRANCHES = [
  ['generate.direct', 'enhance.direct'],
  ['generate.interpreted', 'enhance.interpreted'],
];

const codesOf = ({ inputs }: StageContext) =>
  inputs.flatMap((input) => {
    const code = codeOf(input);
    return code === null ? [] : [{ stage: input.stage, code }];
  });

/** Runs drafts and improved implementations on the cases. Calls no model; its role selects its queue. */
export const verify = defineStage({
  name: 'verify',
  role: 'reviewer',
  output: 'verification',
  log: 'reviewer_verify_responses.txt',
  step: null,
  consequence: 'the implementations were compared without running them',
  withoutModel: (context) =>
    casesOf(context).length === 0 || codesOf(context).length < 2 ? 'skip' : undefined,
  async work(context, runCases, signal) {
    const cases = casesOf(context);
    const codes = codesOf(context);
    const isSame = (a: Code) => (one: { code: Code }) => sameCode(one.code.text, a.text);
    const different = codes.filter(({ code }, index) => codes.findIndex(isSame(code)) === index);
    const runs = await Promise.all(
      different.map(async ({ code }) => ({ code, run: await runCases(code, cases, signal) })),
    );
    const versions = codes.map(({ stage, code }): Version => {
      const run: CaseRun = runs.find(isSame(code))!.run;
      return { stage, ...run };
    });
    return { kind: 'verification', verification: judge(cases, versions, BRANCHES) };
  },
  prompt() {
    throw new Error('verify calls no model');
  },
  read() {
    throw new Error('verify calls no model');
  },
});
