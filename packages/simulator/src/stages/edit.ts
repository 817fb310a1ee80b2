import { fencedFile, filesIn, type PromptFile, tagOf } from '../code/files.ts';
import { languageByTag, python } from '../code/language.ts';
import { mark, quote } from '../code/program.ts';
import type { Prompt } from './prompt.ts';

const RENAME =
  /\brename\s+(?:the\s+\w+\s+)?[`'"]?([A-Za-z_]\w*)[`'"]?\s+(?:in)?to\s+[`'"]?([A-Za-z_]\w*)[`'"]?/i;
const RENAME_DEFINITION = /\brename\s+the\s+(?:function|class)\s+(?:in)?to\s+[`'"]?([A-Za-z_]\w*)[`'"]?/i;
const DEFINITION = /^\s*(?:export\s+)?(?:def|function|class)\s+([A-Za-z_]\w*)/m;
const DELETION = /\b(?:delete|remove)\s+(?:the\s+file\s+)?[`'"]?([\w./-]+\.\w+)[`'"]?/i;
const ADDITION = /\badd\s+(?:a\s+)?(?:new\s+)?(?:file|module)\s+[`'"]?([\w./-]+\.\w+)[`'"]?/i;

/**
 * Changes the code of the request: renames a name that it gives (`rename x to y`, `rename the function to y`), deletes or adds a file that it names,
 * and notes the request in the files that it names, else in the first one. Long files are changed by search and replace.
 */
export function edit({ request, sections }: Prompt): string {
  const files = filesIn(sections, 'code');
  const long = new Set((sections.get('long-files') ?? '').split('\n'));
  const [, deleted = ''] = DELETION.exec(request) ?? [];
  const [, added = ''] = ADDITION.exec(request) ?? [];
  const { from, to } = renameIn(request, files);
  const named = files.filter(({ name }) => mentions(request, name) && name !== deleted);
  const renamed = from === '' ? [] : files.filter(({ content }) => word(from).test(content));
  const noted = named.length > 0 || renamed.length > 0 || deleted !== '' ? named : files.slice(0, 1);
  const changed = files.filter((file) => noted.includes(file) || renamed.includes(file));
  const parts = changed.map((file) => {
    const content = from === '' ? file.content : file.content.replaceAll(word(from, 'g'), to);
    return long.has(file.name)
      ? replacement(file, content, request)
      : fencedFile(file.name, note(file.name, content, request));
  });
  if (added !== '') parts.push(fencedFile(added, note(added, '', request)));
  if (files.some(({ name }) => name === deleted)) parts.push(`Delete file: ${deleted}`);
  return [`Here is the change, simulated.`, ...parts].join('\n\n');
}

/** The names of a rename in a request; empty if there is none. Without an old name, it is the first definition's. */
function renameIn(request: string, files: readonly PromptFile[]) {
  const [, to = ''] = RENAME_DEFINITION.exec(request) ?? [];
  const defined = files
    .map(({ content }) => DEFINITION.exec(content)?.[1])
    .find((name) => name !== undefined);
  if (to !== '' && defined !== undefined) return { from: defined, to };
  const [, from = '', replacing = ''] = RENAME.exec(request) ?? [];
  return { from, to: replacing };
}

const word = (name: string, flags = '') => new RegExp(`\\b${name}\\b`, flags);

const mentions = (request: string, name: string) =>
  request.includes(name) || request.includes(name.slice(name.lastIndexOf('/') + 1));

function note(name: string, content: string, request: string): string {
  const { comment } = languageByTag(tagOf(name)) ?? python;
  const marked = content.includes(mark) ? [] : [comment(mark)];
  return [...marked, comment(`Request: ${quote(request)}`), content].join('\n');
}

/** Search and replace blocks for the first line, and for each line that differs. */
function replacement({ name, content }: PromptFile, changed: string, request: string): string {
  const [before, after] = [content.split('\n'), changed.split('\n')];
  const block = (search: readonly string[], replace: readonly string[]) =>
    ['<<<<<<< SEARCH', ...search, '=======', ...replace, '>>>>>>> REPLACE'].join('\n');
  // Enough lines to occur only once.
  const isUnique = (lines: readonly string[]) => content.split(lines.join('\n')).length === 2;
  const blocks: string[] = [];
  for (let at = 0; at < before.length; ) {
    if (at > 0 && before[at] === after[at]) {
      at++;
      continue;
    }
    let end = at + 1;
    while (end < before.length && !isUnique(before.slice(at, end))) end++;
    const lines = after.slice(at, end);
    blocks.push(block(before.slice(at, end), at === 0 ? [note(name, lines.join('\n'), request)] : lines));
    at = end;
  }
  return `${name}\n${fencedFile(name, blocks.join('\n'))}`;
}
