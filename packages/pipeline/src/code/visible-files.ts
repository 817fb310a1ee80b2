import type { SourceFile } from './source-file.ts';

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
