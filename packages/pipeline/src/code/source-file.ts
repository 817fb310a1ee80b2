import { type CodeBlock, kindOf } from './block-kind.ts';
import { buildCode, type Code, type CodeFile } from './code.ts';
import { extensionOf, languageOfFile } from './language.ts';

/** A file that a request is about. `name` is a safe relative path: see `CodeFile`. No two files have the same name. */
export interface SourceFile {
  readonly name: string;
  readonly content: string;
}

/** The name of a program that has none. */
export function defaultName(language: string | null, taken: (name: string) => boolean = () => false): string {
  const extension = extensionOf(language);
  for (let number = 1; ; number++) {
    const name = `main${number > 1 ? `-${number}` : ''}.${extension}`;
    if (!taken(name)) return name;
  }
}

/**
 * The files of an answer as the code of the next request. A part of the program that has no name gets one, such as
 * `main.py`. Other blocks without a name, such as commands, are left out.
 */
export function sourceFilesOf(files: readonly CodeFile[]): SourceFile[] {
  const names = new Set(files.flatMap(({ name }) => (name === null ? [] : [name])));
  return files.flatMap(({ name, language, content, inText }) => {
    if (name !== null) return [{ name, content }];
    if (!inText) return [];
    const own = defaultName(language, (one) => names.has(one));
    names.add(own);
    return [{ name: own, content }];
  });
}

/** The code that consists of these files. Its text leaves out tests, unless there is nothing else. */
export function codeOfFiles(files: readonly SourceFile[]): Code {
  const blocks = files.map(({ name, content }): CodeBlock['file'] => ({
    name,
    language: languageOfFile(name),
    content,
  }));
  const isProgram = blocks.map((file) => kindOf({ file, leads: [] }) === 'code');
  const hasProgram = isProgram.includes(true);
  return buildCode(blocks.map((file, i) => ({ ...file, inText: isProgram[i]! || !hasProgram })));
}
