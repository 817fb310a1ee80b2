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

/** The files that a prompt shows. */
export interface VisibleFiles {
  /** In their order. The middle of a long file may be cut out. */
  readonly files: readonly SourceFile[];
  /** Names of files that are cut, or not shown. */
  readonly partlySeen: ReadonlySet<string>;
}

/** What a cut file has in place of its middle. */
const CUT = '\n[… lines that are not shown …]\n';

/**
 * Chooses files for a prompt: first those that the request names, then the shortest. If not even the first one fits, its
 * beginning and its end are shown.
 */
export function fitFiles(files: readonly SourceFile[], request: string, maxChars: number): VisibleFiles {
  const named = (name: string) =>
    request.includes(name) || request.includes(name.slice(name.lastIndexOf('/') + 1));
  const byNeed = files.toSorted(
    (a, b) => Number(named(b.name)) - Number(named(a.name)) || a.content.length - b.content.length,
  );
  const contents = new Map<string, string>();
  let left = maxChars;
  for (const { name, content } of byNeed) {
    if (content.length > left && contents.size > 0) continue;
    const shown = content.length > left ? cut(content, left) : content;
    contents.set(name, shown);
    left -= shown.length;
  }
  const visible = files.flatMap(({ name }) => {
    const content = contents.get(name);
    return content === undefined ? [] : [{ name, content }];
  });
  const hidden = files.filter(({ name, content }) => contents.get(name) !== content);
  return { files: visible, partlySeen: new Set(hidden.map(({ name }) => name)) };
}

/** The beginning and the end of a text, in whole lines. */
function cut(content: string, maxChars: number): string {
  const half = Math.max(0, Math.floor((maxChars - CUT.length) / 2));
  const head = content.slice(0, half);
  const tail = content.slice(content.length - half);
  return head.slice(0, head.lastIndexOf('\n') + 1) + CUT + tail.slice(tail.indexOf('\n') + 1);
}
