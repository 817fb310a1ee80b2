import { z } from 'zod';
import { findJson } from '../code/json.ts';
import { normalizeAnswer } from '../code/normalize/normalize.ts';
import { isErrorMessage, isRefusal } from '../code/plain-code.ts';
import { unreadable } from '../run/failure.ts';
import { codeSections } from './code-stage.ts';
import { buildPrompt } from './prompt.ts';
import { type AnswerSchema, defineStage, type Output } from './stage.ts';

const task = `Turn the request into a specification for the programmer who will write the code. Answer with one JSON
object and nothing else, either
{"specification": {"goal": "…", "language": "…", "inputs": "…", "outputs": "…", "requirements": ["…"], "edgeCases": ["…"]}}
or, only if the request cannot be specified without asking the person first,
{"unclear": "the question to ask, in the person's own language"}
Decide sensible details yourself; do not write code.`;

/** The names that models give the fields, without case and `_`. */
const FIELD_NAMES = new Map([
  ...['specification', 'unclear', 'goal', 'language', 'inputs', 'outputs', 'requirements'].map(
    (name) => [name, name] as const,
  ),
  ['spec', 'specification'],
  ['edgecases', 'edgeCases'],
  ...['question', 'questions', 'clarification', 'clarifyingquestions'].map(
    (name) => [name, 'unclear'] as const,
  ),
]);

/** An object with the names of this stage, and without fields that are null or empty. */
function renamed(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > 2) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === null || inner === ''
        ? []
        : [[FIELD_NAMES.get(key.toLowerCase().replaceAll('_', '')) ?? key, renamed(inner, depth + 1)]],
    ),
  );
}

const text = z.union([z.string(), z.array(z.string()).transform((lines) => lines.join('; '))]);
const list = z.union([z.array(z.string()), z.string().transform((line) => [line])]);
const specificationSchema = z.object({
  goal: text.pipe(z.string().trim().min(1)),
  language: text.optional(),
  inputs: text.optional(),
  outputs: text.optional(),
  requirements: list.optional(),
  edgeCases: list.optional(),
});
const answerSchema = z.union([
  // First: a model that answers both has specified the request. Its "unclear" is often "none".
  z.object({ specification: z.union([specificationSchema, z.string().trim().min(1)]) }),
  z.object({ unclear: text.pipe(z.string().trim().min(1)) }),
  specificationSchema.transform((specification) => ({ specification })),
]);

const nullable = (schema: object) => ({ anyOf: [schema, { type: 'null' }] });
const strict = (properties: Readonly<Record<string, object>>) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const string = { type: 'string' };
const strings = { type: 'array', items: string };
const schema: AnswerSchema = {
  name: 'specification',
  schema: strict({
    specification: nullable(
      strict({
        goal: string,
        language: string,
        inputs: string,
        outputs: string,
        requirements: strings,
        edgeCases: strings,
      }),
    ),
    unclear: nullable(string),
  }),
};

/** `unclear: Which language?` */
const LABELLED_QUESTION = /^["'*]{0,3}unclear["'*]{0,3}\s{0,3}[:：]["'*\s]{0,4}(\S[\s\S]*)$/i;

/** Longest answer in characters. A longer one is a model that repeats itself, and every later prompt would contain it. */
const LONGEST_ANSWER = 50_000;

/** Whether an object is empty or an error. */
const isNothing = (json: unknown) =>
  typeof json === 'object' && json !== null && (Object.keys(json).length === 0 || 'error' in json);

export const interpret = defineStage({
  name: 'interpret',
  role: 'interpreter',
  output: 'specification',
  log: 'interpreter_responses.txt',
  step: 'interpretation',
  consequence: 'the branch from the specification was left out',
  prompt: (context) => ({ ...buildPrompt('interpret', task, context, codeSections(context)), schema }),
  read(answer): Output {
    const words = normalizeAnswer(answer).trim();
    if (words.length > LONGEST_ANSWER) throw unreadable('the specification is too long');
    if (words === '') throw unreadable('no specification came back');
    const objects = findJson(words).map((json) => renamed(json));
    const parsed = objects.flatMap((json) => answerSchema.safeParse(json).data ?? []);
    const last = parsed.at(-1);
    if (last === undefined && (isRefusal(words) || isErrorMessage(words) || objects.some(isNothing))) {
      throw unreadable('the answer contains no specification');
    }
    const question = last === undefined ? LABELLED_QUESTION.exec(words)?.[1] : undefined;
    if (question !== undefined) return { kind: 'question', question: question.trim() };
    // Prose, or JSON of another form, is a specification too. The next model understands either.
    if (last === undefined) return { kind: 'specification', text: words };
    if ('unclear' in last) return { kind: 'question', question: last.unclear };
    const { specification } = last;
    return {
      kind: 'specification',
      text: typeof specification === 'string' ? specification : render(specification),
    };
  },
});

function render(specification: z.infer<typeof specificationSchema>): string {
  const { goal, language, inputs, outputs, requirements = [], edgeCases = [] } = specification;
  const lines = [
    `Goal: ${goal}`,
    language && `Language: ${language}`,
    inputs && `Inputs: ${inputs}`,
    outputs && `Outputs: ${outputs}`,
    requirements.length > 0 && ['Requirements:', ...requirements.map((line) => `- ${line}`)].join('\n'),
    edgeCases.length > 0 && ['Edge cases:', ...edgeCases.map((line) => `- ${line}`)].join('\n'),
  ];
  return lines.filter(Boolean).join('\n');
}
