import type { Sections } from '../stages/sections.ts';

/** A file in a section of a prompt. */
export interface PromptFile {
  readonly name: string;
  readonly content: string;
}

const FILE = /<file-([0-9A-Za-z]+)>\npath: ([^\n]+)\n([\s\S]*?)\n<\/file-\1>/g;

/** The files in a section of a prompt. */
export const filesIn = (sections: Sections, section: string): readonly PromptFile[] =>
  [...(sections.get(section) ?? '').matchAll(FILE)].map(([, , name = '', content = '']) => ({
    name,
    content,
  }));

const TAGS: Readonly<Record<string, string>> = {
  py: 'python',
  js: 'javascript',
  ts: 'typescript',
  rs: 'rust',
  cs: 'csharp',
  rb: 'ruby',
  sh: 'bash',
};

/** The tag of a file's language, from its extension. */
export function tagOf(name: string): string {
  const extension = /\.(\w+)$/.exec(name)?.[1] ?? '';
  return TAGS[extension] ?? extension;
}

/** The usual name of a file with code in a language. */
export function fileNameFor(words: readonly string[], tag: string): string {
  const extension = Object.entries(TAGS).find(([, one]) => one === tag)?.[0] ?? (tag || 'txt');
  const stem = words
    .slice(0, 3)
    .map((word) => word.replace(/[^a-z0-9]/g, ''))
    .filter((word) => word !== '')
    .join('_');
  return `${stem || 'addition'}.${extension}`;
}

/** A file as a fenced block that names it. */
export function fencedFile(name: string, content: string): string {
  const longest = Math.max(2, ...(content.match(/`{3,}/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${tagOf(name)} title="${name}"\n${content.replace(/\n$/, '')}\n${fence}`;
}
