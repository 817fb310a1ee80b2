import { styleText } from 'node:util';
import type { FinishedJob } from '@codegen/client';
import { codeFor, oneLine, printable } from '../terminal.ts';

/** Where text is shown. Colours are used on a terminal only, and not if `NO_COLOR` is set. */
type Output = NodeJS.WriteStream;

export type Diff = NonNullable<FinishedJob['diff']>;

type Format = Parameters<typeof styleText>[0];

const style = (stream: Output, format: Format, text: string) => styleText(format, text, { stream });

/** A unified diff with added lines in green and removed ones in red. */
export function diffView(diff: Diff, output: Output): string {
  return diff
    .map(({ name, change, patch }) => {
      const head = style(output, 'bold', `${oneLine(name)} (${change})`);
      const lines = printable(patch).replace(/\n$/, '').split('\n');
      return [head, ...lines.filter((line) => !/^(?:---|\+\+\+) /.test(line)).map(coloured)].join('\n');
    })
    .join('\n');

  function coloured(line: string): string {
    if (line.startsWith('@@')) return style(output, 'cyan', line);
    if (line.startsWith('+')) return style(output, 'green', line);
    return line.startsWith('-') ? style(output, 'red', line) : line;
  }
}

/** The files of a job, each under its name. */
export function filesView({ files }: Pick<FinishedJob, 'files'>, output: Output): string {
  return files
    .map(({ name, language, content }) => {
      const head = name ?? (files.length > 1 ? (language ?? 'text') : null);
      const code = codeFor(output, content);
      return head === null ? code : `${style(output, 'bold', oneLine(head))}\n${code}`;
    })
    .join('\n\n');
}

/** What a job of a conversation returned: its question, its changes, or its code. */
export function jobView({ result, diff, problem, status, files }: FinishedJob, output: Output): string {
  if (result === null) return style(output, 'red', printable(problem?.detail ?? `the job is ${status}`));
  if (result.feedback !== undefined) return style(output, 'yellow', printable(result.feedback));
  if (diff === null) return filesView({ files }, output);
  return diff.length === 0 ? 'The code is unchanged.' : diffView(diff, output);
}
