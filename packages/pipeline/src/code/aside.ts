import type { CodeFile } from './code.ts';

/** Programs that fetch, start or prepare something, as a line of instructions begins. */
const COMMAND =
  /^(?:[$>%] )?(?:sudo )?(?:apt|apt-get|apk|brew|bun|bundle|cargo|cat|cd|chmod|choco|cmake|composer|conda|cp|curl|deno|dnf|docker|docker-compose|dotnet|echo|export|flask|g\+\+|gcc|gem|git|go|gradle|gunicorn|java|javac|jest|ls|make|mkdir|mvn|mv|node|npm|npx|pacman|php|pip3?|pipx|pnpm|poetry|psql|py|pytest|python3?|rails|ruby|rustc|rustup|set|source|swift|touch|ts-node|tsc|tsx|uv|uvicorn|virtualenv|vitest|wget|winget|yarn|yum|\.\/\S+|\. \S+|[A-Z_]+=\S+ \S+)(?:\s|$)/;

type Kind = 'output' | 'commands' | 'code';

/** A block, and the line before it. */
export interface Piece {
  readonly file: Omit<CodeFile, 'inText'>;
  readonly lead: string;
}

/**
 * Which blocks are the code that was asked for, in order, without those that only show its output (language text,
 * console or output; a tree of files; no language after a line such as "Output:"), and, where a block in another
 * language than the shell's is there, without those that only install or run. A block that has a file name is
 * never output. Never leaves all out.
 */
export function mainPieces(pieces: readonly Piece[]): Piece[] {
  const kinds = pieces.map(kindOf);
  const program = pieces.some((piece, i) => kinds[i] === 'code' && !isShell(piece.file.language));
  const main = pieces.filter((_, i) => kinds[i] === 'code' || (kinds[i] === 'commands' && !program));
  return main.length > 0 ? main : [...pieces];
}

function kindOf({ file, lead }: Piece): Kind {
  const { language, name, content } = file;
  if (name !== null) return 'code';
  if (language === 'text' || language === 'console' || language === 'output') return 'output';
  if (language === null && (/[├└]──/.test(content) || saysOutput(lead))) return 'output';
  return (language === null || isShell(language)) && onlyCommands(content) ? 'commands' : 'code';
}

function saysOutput(lead: string): boolean {
  return lead.length < 200 && /\b(?:outputs?|prints?|results?)\b[^.]*:[*_\s]*$/i.test(lead);
}

function isShell(language: string | null): boolean {
  return language === 'bash' || language === 'powershell' || language === 'batch' || language === 'fish';
}

function onlyCommands(content: string): boolean {
  let continued = false;
  for (const raw of content.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (!continued && !COMMAND.test(line)) return false;
    continued = line.endsWith('\\');
  }
  return true;
}
