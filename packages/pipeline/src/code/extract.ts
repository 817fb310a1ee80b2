import { buildCode, type Code, type CodeFile } from './code.ts';
import { type Fenced, readFenced } from './fence.ts';
import { nameFromComment, nameFromInfo, nameFromLead } from './file-name.ts';
import { languageOf, languageOfFile } from './language.ts';
import { readPlainCode } from './plain-code.ts';
import { stripReasoning } from './reasoning.ts';

/**
 * Extracts the code from a model's answer. Null if there is none. Never throws. Linear in the length of the answer.
 *
 * Drops reasoning, turns CRLF into LF, and drops the prose around code blocks. A last block without a closing fence
 * extends to the end. A repeated block is kept once. A block loses leading blank lines and trailing white space.
 * A fenced block is code whatever it contains. An answer without one has to look like code: see `readPlainCode`.
 */
export function extractCode(text: string): Code | null {
  const answer = stripReasoning(text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n'));
  const { blocks: fenced, rest } = readFenced(answer);
  const blocks = distinct(fenced.map(toBlock));
  const plain = blocks.length === 0 || isStray(fenced) ? readPlainCode(rest) : null;
  if (plain !== null) return assemble([toBlock({ info: '', lead: '', content: plain, closed: true })]);
  return blocks.length > 0 ? assemble(blocks) : null;
}

/** Whether the only fence, unclosed and without a language, is probably the end of a block without its beginning. */
function isStray(fenced: readonly Fenced[]): boolean {
  const only = fenced.length === 1 ? fenced[0]! : null;
  return only !== null && !only.closed && only.info === '' && readPlainCode(only.content) === null;
}

/** A code block and the line before it. */
interface CodeBlock {
  readonly file: Omit<CodeFile, 'inText'>;
  readonly lead: string;
}

function toBlock({ info, lead, content: raw }: Fenced): CodeBlock {
  const content = raw.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd();
  const declared = languageOf(info);
  const name = nameFromInfo(info) ?? nameFromLead(lead, declared) ?? nameFromComment(content, declared);
  const language = declared ?? (name === null ? null : languageOfFile(name));
  return { file: { name, language, content }, lead };
}

/** Drops empty blocks and repeated ones: the same content with the same name, or with a name and without. */
function distinct(blocks: readonly CodeBlock[]): CodeBlock[] {
  const named = new Set(blocks.flatMap(({ file }) => (file.name === null ? [] : [file.content])));
  const seen = new Set<string>();
  return blocks.filter(({ file: { name, content } }) => {
    const key = `${name ?? ''}\n${content}`;
    if (content === '' || seen.has(key) || (name === null && named.has(content))) return false;
    seen.add(key);
    return true;
  });
}

function assemble(blocks: readonly CodeBlock[]): Code {
  const program = new Set(programBlocks(blocks));
  return buildCode(blocks.map((block) => ({ ...block.file, inText: program.has(block) })));
}

/** The beginning of a shell command that fetches, installs or runs something. */
const COMMAND =
  /^(?:[$>%] )?(?:sudo )?(?:apt|apt-get|apk|brew|bun|bundle|cargo|cat|cd|chmod|choco|cmake|composer|conda|cp|curl|deno|dnf|docker|docker-compose|dotnet|echo|export|flask|g\+\+|gcc|gem|git|go|gradle|gunicorn|java|javac|jest|ls|make|mkdir|mvn|mv|node|npm|npx|pacman|php|pip3?|pipx|pnpm|poetry|psql|py|pytest|python3?|rails|ruby|rustc|rustup|set|source|swift|touch|ts-node|tsc|tsx|uv|uvicorn|virtualenv|vitest|wget|winget|yarn|yum|\.\/\S+|\. \S+|[A-Z_]+=\S+ \S+)(?:\s|$)/;

type Kind = 'output' | 'commands' | 'code';

/**
 * The blocks of the requested program, in order. All blocks if no other is left.
 *
 * Leaves out the program's output: a block with the language text, console or output, a tree of files, or a block
 * without a language after a line such as "Output:". If another block is a program, leaves out shell commands that
 * install or run it. A block with a file name is never output or commands.
 */
function programBlocks(blocks: readonly CodeBlock[]): CodeBlock[] {
  const kinds = blocks.map(kindOf);
  const hasProgram = blocks.some((block, i) => kinds[i] === 'code' && !isShell(block.file.language));
  const program = blocks.filter((_, i) => kinds[i] === 'code' || (kinds[i] === 'commands' && !hasProgram));
  return program.length > 0 ? program : [...blocks];
}

function kindOf({ file, lead }: CodeBlock): Kind {
  const { language, name, content } = file;
  if (name !== null) return 'code';
  if (language === 'text' || language === 'console' || language === 'output') return 'output';
  if (language === null && (/[├└]──/.test(content) || announcesOutput(lead))) return 'output';
  return (language === null || isShell(language)) && hasOnlyCommands(content) ? 'commands' : 'code';
}

function announcesOutput(lead: string): boolean {
  return lead.length < 200 && /\b(?:outputs?|prints?|results?)\b[^.]*:[*_\s]*$/i.test(lead);
}

function isShell(language: string | null): boolean {
  return language === 'bash' || language === 'powershell' || language === 'batch' || language === 'fish';
}

function hasOnlyCommands(content: string): boolean {
  let continued = false;
  for (const raw of content.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (!continued && !COMMAND.test(line)) return false;
    continued = line.endsWith('\\');
  }
  return true;
}
