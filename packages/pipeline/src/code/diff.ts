import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import type { CodeFile } from './code.ts';
import { type SourceFile, sourceFilesOf } from './source-file.ts';

/** A file that differs between two versions of some code. */
export interface FileDiff {
  readonly name: string;
  readonly change: 'added' | 'modified' | 'removed';
  /** Unified diff with three lines of context, which `patch` and `git apply` accept. */
  readonly patch: string;
}

/**
 * Changed lines up to which the shortest diff is searched for. It bounds the time to about 0.1 s per file. A file with
 * more changes gets a patch that replaces all its lines.
 */
const MAX_EDIT_LENGTH = 600;

/** Characters of a file above which the patch replaces all its lines. */
const MAX_CHARS = 1_000_000;

const OPTIONS = { context: 3, maxEditLength: MAX_EDIT_LENGTH, headerOptions: FILE_HEADERS_ONLY };

/** The files that differ: those of `before` in their order, then the added ones. */
export function diffFiles(before: readonly SourceFile[], after: readonly SourceFile[]): FileDiff[] {
  const old = new Map(before.map(({ name, content }) => [name, content]));
  const now = new Map(after.map(({ name, content }) => [name, content]));
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names.flatMap((name): FileDiff[] => {
    const [from, to] = [old.get(name), now.get(name)];
    if (from === to) return [];
    const change = from === undefined ? 'added' : to === undefined ? 'removed' : 'modified';
    return [{ name, change, patch: patchOf(name, from, to) }];
  });
}

/** The change that a result makes to the code that its request was about. Null without such code, or without a result. */
export function diffOfResult(before: readonly SourceFile[], result: readonly CodeFile[]): FileDiff[] | null {
  if (before.length === 0 || result.length === 0) return null;
  return diffFiles(before, sourceFilesOf(result));
}

const NONE = '/dev/null';

function patchOf(name: string, from: string | undefined, to: string | undefined): string {
  const names = [from === undefined ? NONE : `a/${name}`, to === undefined ? NONE : `b/${name}`] as const;
  const texts = [from ?? '', to ?? ''] as const;
  const isComparable = texts.every((text) => text.length <= MAX_CHARS);
  const patch = isComparable
    ? createTwoFilesPatch(...names, ...texts, undefined, undefined, OPTIONS)
    : undefined;
  return patch ?? replacement(names, texts);
}

/** A patch that removes every line and adds every line. */
function replacement(names: readonly [string, string], [from, to]: readonly [string, string]): string {
  const [removed, added] = [linesOf(from), linesOf(to)];
  const range = (lines: readonly string[]) => (lines.length === 0 ? '0,0' : `1,${lines.length}`);
  return [
    `--- ${names[0]}`,
    `+++ ${names[1]}`,
    `@@ -${range(removed)} +${range(added)} @@`,
    ...marked('-', removed, from),
    ...marked('+', added, to),
    '',
  ].join('\n');
}

const linesOf = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

const marked = (sign: string, lines: readonly string[], text: string) => [
  ...lines.map((line) => sign + line),
  ...(text === '' || text.endsWith('\n') ? [] : ['\\ No newline at end of file']),
];
