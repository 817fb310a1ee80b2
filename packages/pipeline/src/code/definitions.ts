/** A definition at the top level of a file, in any of the common languages. */
const DEFINITION =
  /^(?:export\s+)?(?:default\s+)?(?:pub(?:\(\w+\))?\s+)?(?:public\s+|private\s+|static\s+|abstract\s+|final\s+|async\s+|unsafe\s+|local\s+|declare\s+)*(?:def|class|function\*?|func|fn|fun|interface|enum|struct|trait|type|module|const|let|var|val|defmodule|CREATE TABLE|create table)\s+(?:\([^()]{0,100}\)\s*)?(?:self\.)?([A-Za-z_$][\w$]*)/;
const ASSIGNMENT = /^([A-Za-z_]\w*)\s*(?::\s*[^=]{1,60})?=(?!=)/;
const CLOSER = /^(?:[)\]}]|end\b|else\b|elif\b|except\b|finally\b|catch\b)/;
const PREFIX = /^(?:@|#\[|\/\/|#|--|\/\*|\*)/;

interface Chunk {
  readonly name: string | null;
  readonly lines: string[];
}

/** The parts of a file: each begins with a line in the first column. Decorators and comments belong to what follows. */
function chunksOf(content: string): Chunk[] {
  const chunks: Chunk[] = [];
  let prefix: string[] = [];
  for (const line of content.split('\n')) {
    const last = chunks.at(-1);
    if (PREFIX.test(line)) prefix.push(line);
    else if (
      line !== '' &&
      /^\S/.test(line) &&
      !(CLOSER.test(line) && last !== undefined && prefix.length === 0)
    ) {
      const name = (DEFINITION.exec(line) ?? ASSIGNMENT.exec(line))?.[1] ?? null;
      chunks.push({ name, lines: [...prefix, line] });
      prefix = [];
    } else if (prefix.length > 0) prefix.push(line);
    else if (last === undefined) chunks.push({ name: null, lines: [line] });
    else last.lines.push(line);
  }
  if (prefix.length > 0) chunks.push({ name: null, lines: prefix });
  return chunks;
}

/** The names that a file defines at its top level. Empty if it does anything else than to import and define. */
export function definitionsOf(content: string): Set<string> {
  const chunks = chunksOf(content);
  const names = new Set(chunks.flatMap(({ name }) => (name === null ? [] : [name])));
  const defines = content.split('\n').some((line) => DEFINITION.test(line));
  if (!defines && chunks.some(({ name }) => name === null)) return new Set();
  return names;
}

/** A file with definitions replaced by those of a later one. Null if the later one has anything else. */
export function replaceDefinitions(content: string, later: string): string | null {
  const replacements = new Map<string, string[]>();
  for (const { name, lines } of chunksOf(later)) {
    if (lines.every((line) => line.trim() === '' || PREFIX.test(line))) continue;
    if (name === null || replacements.has(name)) return null;
    replacements.set(name, lines.join('\n').trimEnd().split('\n'));
  }
  const lines = chunksOf(content).flatMap((chunk) => {
    const replacement = chunk.name === null ? undefined : replacements.get(chunk.name);
    if (replacement === undefined) return chunk.lines;
    const blank = chunk.lines.length - chunk.lines.findLastIndex((line) => line.trim() !== '') - 1;
    return [...replacement, ...Array.from({ length: blank }, () => '')];
  });
  return lines.join('\n').trimEnd();
}
