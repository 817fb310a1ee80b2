import { readFileSync } from 'node:fs';
import type { Case, Json, Language } from '@codegen/sandbox';
import { type Task, TaskFileError } from './task.ts';

const FOLDER = new URL('../../tasks/', import.meta.url);
const LANGUAGES: readonly Language[] = ['python', 'javascript', 'typescript'];

/** The tasks of this project: a Markdown page per language. */
export const ownTasks = (): readonly Task[] =>
  LANGUAGES.flatMap((language) =>
    readPage(readFileSync(new URL(`${language}.md`, FOLDER), 'utf8'), language),
  );

/**
 * Reads a page of tasks. A section per task: its name, the request, a block with a program that passes, and a block `cases` with
 * one test per line: `name(arguments) => value`, `name(arguments) => raises` or `stdin "text" => "printed text"`. Values are JSON.
 * @throws TaskFileError
 */
export function readPage(page: string, language: Language): readonly Task[] {
  return page
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [name = ''] = section.split('\n', 1);
      const [text = ''] = section.slice(name.length).split('```', 1);
      const blocks = new Map(
        [...section.matchAll(/^```(\w+)\n([\s\S]*?)\n```$/gm)].map(([, tag = '', body = '']) => [tag, body]),
      );
      const cases = blocks.get('cases');
      const reference = blocks.get(language);
      if (cases === undefined || reference === undefined) {
        throw new TaskFileError(`task ${name} needs a block of ${language} and a block of cases`);
      }
      return {
        id: `${language}/${name.trim()}`,
        language,
        request: text.trim().replaceAll(/(?<!\n)\n(?!\n)/g, ' '),
        cases: cases.split('\n').map(readCase),
        reference,
      };
    });
}

function readCase(line: string): Case {
  const stdin = /^stdin (".*") => (".*")$/.exec(line);
  if (stdin !== null) {
    const [input, value] = stdin.slice(1).map((text) => JSON.parse(text) as string);
    return { kind: 'stdin', stdin: input!, expected: { value: value! } };
  }
  const call = /^([\w.]+)\((.*)\) => (.+)$/.exec(line);
  if (call === null) throw new TaskFileError(`not a test: ${line}`);
  const [, name = '', args = '', effect = ''] = call;
  return {
    kind: 'call',
    function: name,
    args: JSON.parse(`[${args}]`) as Json[],
    expected: effect === 'raises' ? { raises: true } : { value: JSON.parse(effect) as Json },
  };
}
