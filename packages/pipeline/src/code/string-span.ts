/** Strings and comments that extend over lines, by the language that has them. */
interface Syntax {
  readonly line: readonly string[];
  readonly spans: readonly (readonly [open: string, close: string])[];
  /** Quotes whose strings may contain line ends. */
  readonly quotes: string;
  readonly heredocs: boolean;
  /** The characters that can begin a string, a comment, an escape or a heredoc. */
  readonly marks: RegExp;
}

const TRIPLE = [
  ['"""', '"""'],
  ["'''", "'''"],
] as const;
const C_COMMENT = ['/*', '*/'] as const;
const TEMPLATE = ['`', '`'] as const;

const syntax = (
  line: string,
  spans: Syntax['spans'],
  { quotes = '', heredocs = false }: { quotes?: string; heredocs?: boolean } = {},
): Syntax => {
  const comments = line.split(' ').filter(Boolean);
  const firsts = [...comments, ...spans.map(([open]) => open), ...(heredocs ? ['<'] : [])].map(
    ([char]) => char,
  );
  const escaped = firsts.map((char) => (/\w/.test(char!) ? char : `\\${char}`));
  const marks = new RegExp(`["'\\\\${escaped.join('')}]`, 'g');
  return { line: comments, spans, quotes, heredocs, marks };
};

const PYTHON = syntax('#', TRIPLE);
const SCRIPT = syntax('//', [C_COMMENT, TEMPLATE]);
const JVM = syntax('//', [C_COMMENT, ...TRIPLE]);
const SHELL = syntax('#', [], { quotes: `"'`, heredocs: true });
const MARKUP = syntax('', [['<!--', '-->'], C_COMMENT, TEMPLATE]);
const UNKNOWN = syntax('# //', [...TRIPLE, C_COMMENT, ['<!--', '-->'], ['--[[', ']]'], ['{-', '-}']], {
  heredocs: true,
});

const SYNTAXES = new Map<string, Syntax>([
  ...['python', 'toml', 'julia', 'elixir', 'nim'].map((name) => [name, PYTHON] as const),
  ...['javascript', 'typescript', 'jsx', 'tsx', 'go'].map((name) => [name, SCRIPT] as const),
  ...['java', 'kotlin', 'scala', 'swift', 'csharp', 'groovy', 'dart'].map((name) => [name, JVM] as const),
  ...['html', 'vue', 'svelte', 'xml'].map((name) => [name, MARKUP] as const),
  ...['bash', 'fish', 'perl'].map((name) => [name, SHELL] as const),
  ['ruby', syntax('#', [['=begin', '=end']], { quotes: `"'`, heredocs: true })],
  ['php', syntax('// #', [C_COMMENT], { quotes: `"'`, heredocs: true })],
  ['dockerfile', syntax('#', [], { heredocs: true })],
  ['hcl', syntax('# //', [C_COMMENT], { heredocs: true })],
  [
    'powershell',
    syntax('#', [
      ['@"', '"@'],
      ["@'", "'@"],
      ['<#', '#>'],
    ]),
  ],
  ['rust', syntax('//', [['r##"', '"##'], ['r#"', '"#'], C_COMMENT], { quotes: '"' })],
  ['cpp', syntax('//', [['R"(', ')"'], C_COMMENT])],
  ['c', syntax('//', [C_COMMENT])],
  [
    'lua',
    syntax('--', [
      ['--[[', ']]'],
      ['[[', ']]'],
      ['[=[', ']=]'],
    ]),
  ],
  ['haskell', syntax('--', [['{-', '-}']])],
  [
    'ocaml',
    syntax('', [
      ['(*', '*)'],
      ['{|', '|}'],
    ]),
  ],
  ['sql', syntax('--', [C_COMMENT, ['$$', '$$']], { quotes: "'" })],
  ['lisp', syntax(';', [], { quotes: '"' })],
  ['css', syntax('', [C_COMMENT])],
  ['scss', syntax('//', [C_COMMENT])],
]);

/** `<<EOF`, `<<-'end'`, `<<~text`, `<<<PHP`; not `out << x`. */
const HEREDOC = /^<<(?:[-~<]?\s?(?:"(\w{1,40})"|'(\w{1,40})'|([A-Z_]\w{1,40}))|[-~]([a-z]\w{0,40}))/;
/** Longer lines are examined up to here. */
const LONGEST = 2_000;

/**
 * The terminator of the string or comment that is open at the end of a line, or null. `terminator` is the result for
 * the line before. A heredoc's terminator begins with a line end: it must be alone on its line.
 */
export function openSpan(line: string, terminator: string | null, language: string | null): string | null {
  const { line: comments, spans, quotes, heredocs, marks } = SYNTAXES.get(language ?? '') ?? UNKNOWN;
  const text = line.slice(0, LONGEST);
  let at = 0;
  let open = terminator;
  let heredoc: string | null = null;
  while (at < text.length) {
    if (open !== null) {
      at = endOfSpan(line, open, at);
      if (at < 0) return open;
      open = null;
      continue;
    }
    at = nextMark(text, at, marks);
    const span = spans.find(([from]) => text.startsWith(from, at));
    if (span !== undefined) {
      open = span[1];
      at += span[0].length;
      continue;
    }
    if (at === text.length || startsComment(text, at, comments)) break;
    const start = heredocs ? heredocAt(text, at) : null;
    if (start !== null) {
      heredoc ??= start.terminator;
      at += start.length;
      continue;
    }
    const char = text[at]!;
    at = afterCharacter(line, at, quotes);
    if (at < 0) return char;
  }
  return open ?? heredoc;
}

function nextMark(text: string, from: number, marks: RegExp): number {
  marks.lastIndex = from;
  return marks.exec(text)?.index ?? text.length;
}

/** The terminator of the heredoc that begins at an index, and the length of its mark. Null if none begins there. */
function heredocAt(text: string, at: number): { terminator: string; length: number } | null {
  // Not in the marks of a conflict.
  if (text[at] !== '<' || text[at - 1] === '<' || text.startsWith('<<<<', at)) return null;
  const match = HEREDOC.exec(text.slice(at, at + 50));
  // `cout << "text" << endl;`
  if (match === null || /^<<(?:\s["'A-Z]\S*\s*;|\s?["'A-Z]\S*\s*<<)/.test(text.slice(at, at + 60)))
    return null;
  const name = match[1] ?? match[2] ?? match[3] ?? match[4];
  return { terminator: `\n${name}`, length: match[0].length };
}

/** The index after a character, an escape or a string. -1 if the string may extend over the end of the line. */
function afterCharacter(line: string, at: number, quotes: string): number {
  const char = line[at]!;
  if (char === '\\') return at + 2;
  if (char !== '"' && char !== "'") return at + 1;
  const after = endOfSpan(line, char, at + 1);
  if (after >= 0) return after;
  return quotes.includes(char) ? -1 : at + 1;
}

/** `#` begins a comment at the beginning of a word only: not in `$#` and `a#b`. */
function startsComment(text: string, at: number, marks: readonly string[]): boolean {
  if (!marks.some((mark) => text.startsWith(mark, at))) return false;
  return text[at] !== '#' || at === 0 || /\s/.test(text[at - 1]!);
}

/** The index after a terminator, or -1. A terminator behind a backslash ends nothing. */
function endOfSpan(line: string, terminator: string, from: number): number {
  if (terminator.startsWith('\n'))
    return line.trim().replace(/[;),]+$/, '') === terminator.slice(1) ? line.length : -1;
  for (let at = line.indexOf(terminator, from); at >= 0; at = line.indexOf(terminator, at + 1)) {
    let slashes = 0;
    while (line[at - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return at + terminator.length;
  }
  return -1;
}
