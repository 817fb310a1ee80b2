import { z } from 'zod';
import { findJson } from '../code/json.ts';
import { normalizeAnswer } from '../code/normalize/normalize.ts';
import { unreadable } from '../run/failure.ts';
import type { Json, TestCase } from '../run/verification.ts';
import { buildPrompt } from './prompt.ts';
import { defineStage, type StageContext } from './stage.ts';

const taskFor = (
  count: number,
) => `Write test cases for a program that does what the request asks for. You do not see the program. Answer with one JSON
object and nothing else:
{"cases": [
  {"function": "the name", "args": ["JSON values"], "returns": "a JSON value", "example": false},
  {"function": "the name", "args": ["…"], "raises": true, "example": false},
  {"stdin": "the whole input", "prints": "the whole output", "example": true}
]}
Use the function name that the request gives, else the one that a programmer would choose; Class.method for a method. Use stdin
only if the request asks for a program that reads it, and always for a program in a compiled language such as C or C++, whose
functions cannot be called. "example" is true for a case that the request itself contains. At most
${count} cases, first the examples of the request, then ordinary and edge cases of which you are certain. Answer {"cases": []} if the
result is no value that can be compared, such as a page or a server.`;

/** The effort `thorough` has twice as many. */
const MAX_CASES = 8;
const maxCases = ({ effort }: StageContext) => (effort === 'thorough' ? 2 * MAX_CASES : MAX_CASES);

const LONGEST_CASE = 4_000;

const json = z.json() as z.ZodType<Json>;
const example = { example: z.boolean().optional() };
const effect = { returns: json.optional(), raises: z.boolean().optional() };
const caseSchema = z.union([
  z.object({ stdin: z.string(), prints: z.string(), ...example }).transform(
    ({ stdin, prints, example: isExample = false }): TestCase => ({
      kind: 'stdin',
      stdin,
      expected: { value: prints },
      isExample,
    }),
  ),
  z
    .object({
      function: z.string().regex(/^[A-Za-z_$][\w$.]{0,100}$/),
      args: z.array(json),
      ...effect,
      ...example,
    })
    .refine(({ returns, raises }) => returns !== undefined || raises === true)
    .transform(
      ({ function: name, args, returns, raises, example: isExample = false }): TestCase => ({
        kind: 'call',
        function: name,
        args,
        expected: raises ? { raises: true } : { value: returns ?? null },
        isExample,
      }),
    ),
]);

const withoutQuotes = (text: string) =>
  text
    .toLowerCase()
    .replaceAll('none', 'null')
    .replace(/[\s"'`]/g, '');

/** Whether the requests contain the values of a case. An example alone can decide between two programs. */
function isIn(requests: string, one: TestCase): boolean {
  const inputs = one.kind === 'stdin' ? [one.stdin] : one.args;
  const values = 'value' in one.expected ? [...inputs, one.expected.value] : inputs;
  return values.every((value) =>
    requests.includes(withoutQuotes(typeof value === 'string' ? value : JSON.stringify(value))),
  );
}

export const cases = defineStage({
  name: 'cases',
  role: 'interpreter',
  output: 'cases',
  log: 'interpreter_cases_responses.txt',
  step: null,
  consequence: 'the implementations were compared without running them',
  prompt: (context) => buildPrompt('cases', taskFor(maxCases(context)), context),
  read(text, context) {
    const found = findJson(normalizeAnswer(text)).findLast((one): one is { cases: unknown[] } => {
      return 'cases' in one && Array.isArray(one.cases);
    });
    if (found === undefined) throw unreadable('the answer contains no test cases');
    // A case of another form is left out: the others are as good without it.
    const read = found.cases.flatMap((one) => caseSchema.safeParse(one).data ?? []);
    const short = read.filter((one) => JSON.stringify(one).length <= LONGEST_CASE);
    const own = context.conversation.filter(({ role }) => role === 'user');
    const requests = withoutQuotes(own.map(({ content }) => content).join('\n'));
    const cases = short
      .slice(0, maxCases(context))
      .map((one) => ({ ...one, isExample: one.isExample && isIn(requests, one) }));
    return { kind: 'cases', cases };
  },
});
