import { inflateSync } from 'node:zlib';
import type { Case, Json } from '@codegen/sandbox';
import { z } from 'zod';
import { type Task, TaskFileError } from './task.ts';

/** A task of LiveCodeBench's code generation data, in all versions. */
export const liveCodeBenchSchema = z.object({
  question_id: z.string(),
  question_title: z.string(),
  question_content: z.string(),
  starter_code: z.string().nullish(),
  public_test_cases: z.string(),
  private_test_cases: z.string(),
  metadata: z.string().nullish(),
});

const testsSchema = z.array(
  z.object({ input: z.string(), output: z.string(), testtype: z.enum(['stdin', 'functional']) }),
);
const metadataSchema = z.object({ func_name: z.string().optional() });

/** Tests per task. Some have hundreds with large inputs. */
const MAX_CASES = 50;
/** Largest uncompressed tests of a task, in bytes. */
const LARGEST_TESTS = 512 * 1024 * 1024;

/** @throws TaskFileError if its tests cannot be read */
export function fromLiveCodeBench(row: z.output<typeof liveCodeBenchSchema>): Task {
  try {
    const all = [row.public_test_cases, row.private_test_cases].flatMap(readTests);
    const name = metadataSchema.parse(JSON.parse(row.metadata || '{}')).func_name;
    const starter = row.starter_code?.trim() ?? '';
    return {
      id: row.question_id,
      language: 'python',
      request: requestFor(row.question_title, row.question_content, starter),
      cases: all.slice(0, MAX_CASES).map((test) => caseOf(test, name, starter)),
      reference: null,
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TaskFileError(`the tests of ${row.question_id} cannot be read: ${why}`, { cause: error });
  }
}

const requestFor = (title: string, content: string, starter: string) =>
  [
    'Solve this problem in Python.',
    starter === ''
      ? 'The program reads stdin and prints the answer.'
      : `Complete this code:\n\n\`\`\`python\n${starter}\n\`\`\``,
    title,
    content,
  ].join('\n\n');

function caseOf(
  { input, output, testtype }: z.output<typeof testsSchema>[number],
  name: string | undefined,
  starter: string,
): Case {
  if (testtype === 'stdin') return { kind: 'stdin', stdin: input, expected: { value: output } };
  if (name === undefined) throw new Error('the metadata names no function');
  // An argument per line.
  const args = input
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Json);
  const called = starter.includes('class Solution') ? `Solution.${name}` : name;
  return { kind: 'call', function: called, args, expected: { value: JSON.parse(output) as Json } };
}

/** Tests are JSON, or JSON in a Python pickle that is compressed and in Base64. */
function readTests(text: string): z.output<typeof testsSchema> {
  if (text.trim() === '') return [];
  const isJson = text.trimStart().startsWith('[');
  const json = isJson
    ? text
    : readPickledText(inflateSync(Buffer.from(text, 'base64'), { maxOutputLength: LARGEST_TESTS }));
  return testsSchema.parse(JSON.parse(json));
}

/** Operations of Python's pickle format that a single text needs, with the bytes of their argument. */
const SKIPPED = new Map([
  [0x80, 1], // PROTO
  [0x95, 8], // FRAME
  [0x94, 0], // MEMOIZE
  [0x71, 1], // BINPUT
  [0x72, 4], // LONG_BINPUT
]);
/** The same for texts: bytes of the length in front of it. */
const TEXTS = new Map([
  [0x8c, 1], // SHORT_BINUNICODE
  [0x58, 4], // BINUNICODE
  [0x8d, 8], // BINUNICODE8
]);

/** The text of a pickle that consists of one text. Nothing in it is executed. */
function readPickledText(bytes: Buffer): string {
  for (let at = 0; at < bytes.length; ) {
    const operation = bytes[at++]!;
    const lengthBytes = TEXTS.get(operation);
    if (lengthBytes !== undefined) {
      const length =
        lengthBytes === 8 ? Number(bytes.readBigUInt64LE(at)) : bytes.readUIntLE(at, lengthBytes);
      return bytes.toString('utf8', at + lengthBytes, at + lengthBytes + length);
    }
    const skipped = SKIPPED.get(operation);
    if (skipped === undefined) break;
    at += skipped;
  }
  throw new Error('the pickle is no text');
}
