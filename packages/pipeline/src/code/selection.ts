import { type BlockKind, type CodeBlock, isData, isShell, kindOf } from './block-kind.ts';
import { definitionsOf, replaceDefinitions } from './definitions.ts';
import { hasElision } from './elision.ts';
import type { IgnoredBlocks, IgnoredReason } from './ignored.ts';
import { readPlainCode } from './plain-code.ts';

/** More blocks are not compared with each other. */
const COMPARED = 100;

/** The blocks of an answer that are its files, and which of them are the requested program. */
export interface Selection {
  readonly block: CodeBlock;
  readonly inText: boolean;
}

/** Applies the rules of docs/answers.md. Empty if the answer contains no program; `elided` if that leaves out code. */
export function selectBlocks(all: readonly CodeBlock[], ignored: IgnoredBlocks): Selection[] | 'elided' {
  const kinds = new Map<CodeBlock, BlockKind>();
  const known = lastVersions(
    all.filter(({ file }) => file.content !== ''),
    ignored,
  );
  for (const block of known) kinds.set(block, kindOf(block));
  const hasProgram = known.some((block) => kinds.get(block) === 'code' && block.file.language !== null);
  for (const block of known)
    if (hasProgram && kinds.get(block) === 'code' && isPlainText(block)) kinds.set(block, 'output');
  const whole = known.filter((block) => kinds.get(block) !== 'edit');
  for (const block of known) if (!whole.includes(block)) ignored.add(block, 'edit');
  // An edit and its output, without the program.
  if (whole.length < known.length && !whole.some((block) => kinds.get(block) === 'code')) return [];
  const blocks = withoutParts(withoutBefore(whole, ignored), kinds, ignored);
  const elided = new Set(blocks.filter(({ file }) => hasElision(file.content)));
  const shown = blocks.filter((block) => !elided.has(block) || !isShownWhole(block, blocks, elided));
  for (const block of blocks) if (!shown.includes(block)) ignored.add(block, 'elided');
  const program = new Set(programOf(shown, kinds));
  for (const block of program) if (elided.has(block)) return 'elided';
  const replaced = withoutRedefined([...program], ignored);
  return shown.flatMap((block): Selection[] => {
    if (!program.has(block)) {
      ignored.add(block, whyNotProgram(block, kinds.get(block)!));
      return [{ block, inText: false }];
    }
    const kept = replaced.get(block);
    return kept === undefined ? [] : [{ block: kept, inText: true }];
  });
}

/** Whether a block without name and language does not look like code. */
const isPlainText = ({ file }: CodeBlock) =>
  file.name === null && file.language === null && readPlainCode(file.content) === null;

const BEFORE =
  /^(?:[#*\s\p{So}]|\uFE0F)*(?:before|original|old|wrong|bad|incorrect|buggy|broken|current|vorher|falsch|avant|antes|было|до|之前|修改前|错误|変更前|修正前)(?!\p{L})[^.]{0,30}$/iu;
const AFTER =
  /^(?:[#*\s\p{So}]|\uFE0F)*(?:after|fixed|new|right|good|correct(?:ed)?|better|improved|updated|refactored|nachher|richtig|après|después|depois|стало|после|之后|修改后|正确|変更後|修正後)(?!\p{L})[^.]{0,30}$/iu;

/** The blocks without those that are headed as the code before, if code after it of the same language follows. */
function withoutBefore(blocks: readonly CodeBlock[], ignored: IgnoredBlocks): readonly CodeBlock[] {
  const isHeaded = (pattern: RegExp, { file, leads }: CodeBlock) =>
    file.name === null && pattern.test((leads.at(-1) ?? '').slice(0, 100));
  return blocks.filter((block, i) => {
    const isBefore =
      isHeaded(BEFORE, block) &&
      blocks
        .slice(i + 1)
        .some((later) => later.file.language === block.file.language && isHeaded(AFTER, later));
    if (isBefore) ignored.add(block, 'older-version');
    return !isBefore;
  });
}

/** Whether a block that leaves out code only explains a longer block, which does not. */
function isShownWhole(
  { file }: CodeBlock,
  blocks: readonly CodeBlock[],
  elided: ReadonlySet<CodeBlock>,
): boolean {
  if (file.name !== null) return false;
  return blocks.some(
    (other) =>
      !elided.has(other) &&
      other.file.language === file.language &&
      other.file.content.length > file.content.length,
  );
}

function whyNotProgram({ file }: CodeBlock, kind: BlockKind): IgnoredReason {
  if (kind !== 'code') return kind;
  return isData(file.language) ? 'data' : 'usage';
}

/** The last version of every name, at the place of the first. Repeated blocks once, the one with a name if any. */
function lastVersions(blocks: readonly CodeBlock[], ignored: IgnoredBlocks): CodeBlock[] {
  const named = new Set(blocks.flatMap(({ file }) => (file.name === null ? [] : [file.content])));
  const versions = new Map<string, CodeBlock>();
  for (const block of blocks) {
    const { name, content } = block.file;
    const key = name === null ? `\n${content}` : name;
    const first = versions.get(key);
    if (name === null && (first !== undefined || named.has(content))) ignored.add(block, 'repeated');
    else {
      if (first !== undefined)
        ignored.add(first, first.file.content === content ? 'repeated' : 'older-version');
      versions.set(key, block);
    }
  }
  return [...versions.values()];
}

/** Drops blocks without a name that repeat a part of another block. */
function withoutParts(
  blocks: readonly CodeBlock[],
  kinds: ReadonlyMap<CodeBlock, BlockKind>,
  ignored: IgnoredBlocks,
): CodeBlock[] {
  if (blocks.length > COMPARED) return [...blocks];
  const lines = blocks.map(({ file }) => comparable(file.content));
  return blocks.filter((block, i) => {
    if (block.file.name !== null || kinds.get(block) !== 'code') return true;
    const isPart = blocks.some((other, j) => {
      const isSameLanguage = other.file.language === block.file.language || block.file.language === null;
      return (
        i !== j &&
        isSameLanguage &&
        kinds.get(other) === 'code' &&
        lines[j] !== lines[i] &&
        lines[j]!.includes(lines[i]!)
      );
    });
    if (isPart) ignored.add(block, 'part');
    return !isPart;
  });
}

const comparable = (content: string) =>
  `\n${content
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .join('\n')}\n`;

function programOf(
  blocks: readonly CodeBlock[],
  kinds: ReadonlyMap<CodeBlock, BlockKind>,
): readonly CodeBlock[] {
  const are = (...wanted: BlockKind[]) => blocks.filter((block) => wanted.includes(kinds.get(block)!));
  const code = are('code');
  const named = code.filter(({ file }) => file.name !== null);
  const languages = new Set(named.map(({ file }) => file.language));
  const parts =
    named.length > 0
      ? code.filter(({ file }) => file.name !== null || !isUsage(file.language, languages))
      : code;
  const hasProgram = parts.some(({ file }) => !isShell(file.language) && !isData(file.language));
  // Data without a name next to a program is a sample.
  const program = hasProgram
    ? parts.filter(({ file }) => file.name !== null || !isData(file.language))
    : parts;
  if (program.length > 0) {
    // A script that is no program of its own is a list of commands too.
    const isList = program.every(({ file }) => isShell(file.language) && !file.content.startsWith('#!'));
    return isList ? are('code', 'commands') : program;
  }
  for (const kind of ['tests', 'commands'] as const) if (are(kind).length > 0) return are(kind);
  return blocks;
}

/** Whether a block without a name shows how the named files are used. Another language is another part. */
const isUsage = (language: string | null, named: ReadonlySet<string | null>) =>
  language === null || named.has(language);

/** The blocks without those that a later one defines again. A block without a name only. */
function withoutRedefined(blocks: readonly CodeBlock[], ignored: IgnoredBlocks): Map<CodeBlock, CodeBlock> {
  const kept = new Map(blocks.map((block) => [block, block]));
  const plain = blocks.filter(({ file }) => file.name === null);
  if (plain.length < 2 || plain.length > COMPARED) return kept;
  const names = new Map(plain.map((block) => [block, definitionsOf(block.file.content)]));
  for (const [i, later] of plain.entries()) {
    const after = names.get(later)!;
    for (const earlier of plain.slice(0, i)) {
      const before = names.get(earlier)!;
      if (!kept.has(earlier) || before.size === 0 || earlier.file.language !== later.file.language) continue;
      if ([...before].every((name) => after.has(name))) {
        kept.delete(earlier);
        ignored.add(earlier, 'redefined');
        continue;
      }
      if (after.size === 0 || ![...after].every((name) => before.has(name))) continue;
      const content = replaceDefinitions(kept.get(earlier)!.file.content, later.file.content);
      if (content === null) continue;
      kept.set(earlier, { ...earlier, file: { ...earlier.file, content } });
      kept.delete(later);
      break;
    }
  }
  return kept;
}
