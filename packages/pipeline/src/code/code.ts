import { mainPieces, type Piece } from './aside.ts';
import { type Block, readBlocks } from './fence.ts';
import { nameFromComment, nameFromInfo, nameFromLead } from './file-name.ts';
import { commentLine, languageOf, languageOfFile } from './language.ts';
import { readUnfenced } from './plain-code.ts';
import { stripReasoning } from './reasoning.ts';

export { stripReasoning } from './reasoning.ts';
export { sameCode, similarity } from './similarity.ts';

/**
 * One block. `name` is a relative path that may be joined to a folder: `/` between its parts, none of them `..`, no
 * control characters. `language` is one lower-case word.
 */
export interface CodeFile {
  readonly name: string | null;
  readonly language: string | null;
  readonly content: string;
  /** False for a block that is left out of the program's text, such as its output or commands that install it. */
  readonly inText: boolean;
}

/**
 * `files` are all blocks in order. `text` is what is handed out as code, and `language` the one that the blocks in it
 * share, null where they differ or none is known. Both follow from `files`: see `buildCode`.
 */
export interface Code {
  readonly text: string;
  readonly language: string | null;
  readonly files: readonly CodeFile[];
}

/**
 * The code in a model's answer; null if there is none. Never throws; takes time in proportion to the length.
 *
 * Reasoning is dropped, CRLF becomes LF. With fenced blocks, the prose around them is dropped, a last block that
 * is not closed reaches to the end, a block that repeats another is kept once, and each loses its leading blank
 * lines and trailing white space. Several blocks are joined by a blank line; each is headed by a comment that gives
 * its file name, or its language if there is more than one (JSON gets `//`, PHP too, though it comes before `<?php`).
 * What is fenced is code, whatever it says. What is not fenced has to look like code: see `readUnfenced`.
 */
export function extractCode(text: string): Code | null {
  const answer = stripReasoning(text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n'));
  const { blocks, rest } = readBlocks(answer);
  const pieces = distinct(blocks.map(toPiece));
  const bare = pieces.length === 0 || isStray(blocks) ? readUnfenced(rest) : null;
  if (bare !== null) return assemble([toPiece({ info: '', lead: '', content: bare, closed: true })]);
  return pieces.length > 0 ? assemble(pieces) : null;
}

/** A lone fence without a word behind it is as likely the end of a block whose beginning is missing. */
function isStray(blocks: readonly Block[]): boolean {
  const only = blocks.length === 1 ? blocks[0]! : null;
  return only !== null && !only.closed && only.info === '' && readUnfenced(only.content) === null;
}

function toPiece({ info, lead, content: raw }: Block): Piece {
  const content = raw.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd();
  const said = languageOf(info);
  const name = nameFromInfo(info) ?? nameFromLead(lead, said) ?? nameFromComment(content, said);
  const language = said ?? (name === null ? null : languageOfFile(name));
  return { file: { name, language, content }, lead };
}

/** Drops empty blocks and repeated ones: the same content under the same name, or without one. */
function distinct(pieces: readonly Piece[]): Piece[] {
  const named = new Set(pieces.flatMap(({ file }) => (file.name === null ? [] : [file.content])));
  const seen = new Set<string>();
  return pieces.filter(({ file: { name, content } }) => {
    const key = `${name ?? ''}\n${content}`;
    if (content === '' || seen.has(key) || (name === null && named.has(content))) return false;
    seen.add(key);
    return true;
  });
}

function assemble(pieces: readonly Piece[]): Code {
  const main = new Set(mainPieces(pieces));
  return buildCode(pieces.map((piece) => ({ ...piece.file, inText: main.has(piece) })));
}

/** The code that consists of these files. */
export function buildCode(files: readonly CodeFile[]): Code {
  const main = files.filter((file) => file.inText);
  const languages = new Set(main.map((file) => file.language).filter((language) => language !== null));
  const headed = main.map((file) => {
    const label = file.name ?? (languages.size > 1 ? file.language : null);
    if (label === null || main.length === 1 || nameFromComment(file.content, null) === label)
      return file.content;
    return `${commentLine(file.language, label)}\n${file.content}`;
  });
  return {
    text: headed.join('\n\n'),
    language: languages.size === 1 ? [...languages][0]! : null,
    files,
  };
}
