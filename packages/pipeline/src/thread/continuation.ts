import { readMarkdown } from '../code/markdown.ts';
import { type SourceFile, sourceFilesOf } from '../code/source-file.ts';
import { type Message, type Run, summarized } from '../run/run.ts';

/** What a run starts from: the turns of its conversation, and the code that the request is about. */
export type Beginning = Pick<Run, 'conversation' | 'files'>;

type Previous = Pick<Run, 'conversation' | 'olderCount' | 'files' | 'stages' | 'outcome'>;

/**
 * What a follow-up starts from. Its conversation has the earlier requests word for word, and in place of each answer a
 * note that names its files, or the question that was asked. Code is in `files` only, in its latest version. Files
 * that come with the follow-up replace files of the same name.
 */
export function continueRun(previous: Previous, { conversation, files }: Beginning): Beginning {
  const code = codeAfter(previous);
  const turns = summarized(previous);
  const earlier = code.length > 0 ? turns.map(withoutCode) : turns;
  return {
    conversation: [...earlier, { role: 'assistant', content: noteOn(previous) }, ...conversation],
    files: mergeFiles(code, files),
  };
}

/** The latest code of a thread after a run: its result, or else the code that it started from. */
export function codeAfter({ outcome, files }: Pick<Run, 'outcome' | 'files'>): readonly SourceFile[] {
  const result = outcome?.status === 'completed' ? sourceFilesOf(outcome.files) : [];
  return result.length > 0 ? result : files;
}

function mergeFiles(files: readonly SourceFile[], newer: readonly SourceFile[]): SourceFile[] {
  return [...new Map([...files, ...newer].map((file) => [file.name.normalize(), file])).values()];
}

/** Names in a note. */
const MAX_NAMES = 20;

function noteOn({ outcome }: Previous): string {
  if (outcome?.status === 'failed') return '(No code was written: the request failed.)';
  if (outcome?.status !== 'completed') return '(No code was written: the request was cancelled.)';
  if ('feedback' in outcome.response) return outcome.response.feedback;
  const names = sourceFilesOf(outcome.files).map(({ name }) => name);
  if (names.length === 0) return '(No code was written.)';
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  return `(The code was written: ${names.slice(0, MAX_NAMES).join(', ')}${more}.)`;
}

/** An answer without its code blocks, which are older than the code of the thread. People's messages stay as they are. */
export function withoutCode(message: Message): Message {
  if (message.role !== 'assistant') return message;
  const { blocks, rest } = readMarkdown(message.content);
  if (blocks.length === 0) return message;
  return { ...message, content: `${rest.trim()}\n(Code was left out.)`.trim() };
}
