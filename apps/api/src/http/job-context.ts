import { previousJobIdSchema, type RequestFile } from '@codegen/contract';
import { type SourceFile, safeFileName } from '@codegen/pipeline';
import { ProblemError } from '../problem.ts';
import { readOnce } from './query.ts';

/** What JSON, Redis and model servers cannot pass on unchanged. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches a control character
const NOT_STORABLE = /\u0000|\p{Surrogate}/u;

/** Checks the files that a request is about. @throws ProblemError that names the file */
export function checkFiles(files: readonly RequestFile[], maxBytes: number): readonly SourceFile[] {
  const names = new Set<string>();
  let bytes = 0;
  for (const [index, { name, content }] of files.entries()) {
    const refuse = (advice: string) => new ProblemError('invalid-file', `files.${index}: ${advice}`);
    if (safeFileName(name) !== name) {
      throw refuse(
        'Name it by a relative path such as src/app.py: parts separated by /, none of them . or .., ' +
          'without control characters and any of \\ < > : " | ? *.',
      );
    }
    if (names.has(name)) throw refuse(`Give ${name} once.`);
    if (NOT_STORABLE.test(content))
      throw refuse(`Send ${name} as text: it has a NUL or half a surrogate pair.`);
    names.add(name);
    bytes += Buffer.byteLength(content);
  }
  if (bytes > maxBytes) {
    const detail = `All files together may have ${maxBytes} bytes of UTF-8; they have ${bytes}. Leave some out.`;
    throw new ProblemError('files-too-large', detail);
  }
  return files;
}

/** The parameter `previousJobId`, or null. @throws ProblemError */
export function readPreviousJobId(parameters: URLSearchParams): string | null {
  const id = readOnce(parameters, 'previousJobId');
  if (id === null) return null;
  if (previousJobIdSchema.safeParse(id).success) return id.toLowerCase();
  throw new ProblemError('invalid-parameter', 'Set previousJobId to the id of a job.');
}
