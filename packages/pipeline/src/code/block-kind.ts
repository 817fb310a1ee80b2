import type { CodeFile } from './code.ts';
import { openSpan } from './string-span.ts';

/** A code block and the lines before it. */
export interface CodeBlock {
  readonly file: Omit<CodeFile, 'inText'>;
  readonly leads: readonly string[];
}

/**
 * - `code` a part of the requested program
 * - `commands` shell commands that install or run it
 * - `output` what the program reads or writes
 * - `tests` nothing but tests
 * - `edit` a change to code that is not part of the answer: a diff, or search and replace
 */
export type BlockKind = 'code' | 'commands' | 'output' | 'tests' | 'edit';

/** The beginning of a shell command that fetches, installs or runs something. */
const COMMAND =
  /^(?:[$>%] )?(?:sudo )?(?:apt|apt-get|apk|brew|bun|bundle|cargo|cat|cd|chmod|choco|cmake|composer|conda|cp|curl|deno|dnf|docker|docker-compose|dotnet|echo|export|flask|g\+\+|gcc|gem|git|go|gradle|gunicorn|java|javac|jest|ls|make|mkdir|mvn|mv|node|npm|npx|pacman|php|pip3?|pipx|pnpm|poetry|psql|py|pytest|python3?|rails|ruby|rustc|rustup|set|source|swift|touch|ts-node|tsc|tsx|uv|uvicorn|virtualenv|vitest|wget|winget|yarn|yum|\.\/\S+|\. \S+|[A-Z_]+=\S+ \S+)(?:\s|$)/;
const OUTPUT_LANGUAGES = [
  'text',
  'console',
  'output',
  'traceback',
  'pycon',
  'repl',
  'python-repl',
  'diagram',
  'mermaid',
];
const DATA_LANGUAGES = ['json', 'csv', 'tsv', 'jsonl', 'ndjson', 'http', 'log'];
/** A line that announces what a program writes: a heading, a bold line, or the end of a sentence. */
const ANNOUNCED =
  /\b(?:outputs?|prints?|produces|displays|yields|results?|returns?|responses?|responds with|(?:sample|example) runs?|expected|(?:will|'ll|’ll|should) see|looks like|example (?:input|data)|sample (?:input|output|data))\b[^.]*[:：][*_\s]*$|^(?:#{1,6}\s+|\*\*)(?:\w+ ){0,3}(?:outputs?|inputs?|results?|responses?)\b[^.]{0,20}$|(?:输出|输出结果|运行结果|結果|출력|결과|Ausgabe|Salida|Sortie|Вывод)[^.]{0,10}$/i;
const ANNOUNCES_TESTS = /\b(?:unit )?tests?\b[^.]*[:：]?[*_\s]*$/i;

export function kindOf(block: CodeBlock): BlockKind {
  const { language, name, content } = block.file;
  if (isEdit(block)) return 'edit';
  if (name !== null) return isTestName(name) ? 'tests' : 'code';
  if (OUTPUT_LANGUAGES.includes(language ?? '')) return 'output';
  const announced = announcesOutput(block.leads.at(-1) ?? '');
  if (language === null && (/[├└]──/.test(content) || announced)) return 'output';
  if (DATA_LANGUAGES.includes(language ?? '')) return announced ? 'output' : 'code';
  if (/^(?:>>>|In \[\d+\]:) /.test(content)) return 'output';
  if ((language === null || isShell(language)) && hasOnlyCommands(content)) return 'commands';
  return isTests(block) ? 'tests' : 'code';
}

export const isData = (language: string | null): boolean => DATA_LANGUAGES.includes(language ?? '');

export function isShell(language: string | null): boolean {
  return language === 'bash' || language === 'powershell' || language === 'batch' || language === 'fish';
}

function announcesOutput(lead: string): boolean {
  return lead.length < 200 && ANNOUNCED.test(lead);
}

/** Only commands, or a session: commands after a prompt and what they print. */
function hasOnlyCommands(content: string): boolean {
  if (content.startsWith('#!')) return false;
  const lines = content.split('\n');
  if (/^(?:\$|>|PS [^>]{0,80}>|[A-Z]:\\[^>]{0,80}>) ?\S/.test(lines[0]!)) return true;
  let continued = false;
  for (const raw of lines) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (!continued && !COMMAND.test(line)) return false;
    continued = line.endsWith('\\');
  }
  return true;
}

function isEdit({ file: { language, name, content } }: CodeBlock): boolean {
  if (/\.(?:diff|patch)$/i.test(name ?? '')) return false;
  if (language === 'diff' || isSigned(content, language)) return true;
  return isEditText(content) && isEditText(outsideStrings(content, language));
}

/** Whether every line is an added, a removed or an indented one. */
function isSigned(content: string, language: string | null): boolean {
  if (language === 'markdown' || language === 'yaml') return false;
  const lines = content.split('\n').filter((line) => line.trim() !== '');
  const hasBoth = lines.some((line) => /^-/.test(line)) && lines.some((line) => /^\+/.test(line));
  return hasBoth && lines.every((line) => /^[-+@ \t]/.test(line));
}

/** Code without the lines of its strings: a program may hold a diff. */
function outsideStrings(content: string, language: string | null): string {
  let span: string | null = null;
  return content
    .split('\n')
    .filter((line) => {
      const inside = span !== null;
      span = openSpan(line, span, language);
      return !inside;
    })
    .join('\n');
}

/** Whether a text is a diff or consists of search and replace blocks. */
export function isEditText(content: string): boolean {
  if (/^\*{3} Begin Patch/m.test(content)) return true;
  if (/^<search>/im.test(content) && /^<replace>/im.test(content)) return true;
  if (/^(?:diff --git |--- \S.*\n\+\+\+ \S)/m.test(content) && /^@@ /m.test(content)) return true;
  if (/^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@/m.test(content)) return true;
  return /^<{5,9} ?\S/m.test(content) && /^={5,9}$/m.test(content) && /^>{5,9} ?\S/m.test(content);
}

const isTestName = (name: string) =>
  /(?:^|\/)(?:tests?|__tests__|spec)\/|(?:^|\/)test_[^/]*$|(?:[._-](?:test|spec)|Tests?)\.\w+$/.test(name);

const TESTS: readonly (readonly [languages: readonly string[], pattern: RegExp])[] = [
  [['javascript', 'typescript', 'jsx', 'tsx'], /^(?:describe|it|test)(?:\.\w+)*\(/m],
  [['java', 'kotlin', 'scala', 'groovy'], /^[ \t]*@(?:Test|ParameterizedTest)\b/m],
  [['csharp'], /^[ \t]*\[(?:Fact|Theory|Test|TestMethod)\b/m],
  [['go'], /^func Test\w+\(\w+ \*testing\.T\)/m],
  [['rust'], /^[ \t]*#\[test\]/m],
  [['ruby'], /^(?:RSpec\.)?describe\b|< Minitest::Test/m],
  [['php'], /\bextends (?:\w*\\)*TestCase\b/],
  [['elixir'], /^[ \t]*use ExUnit\.Case\b/m],
  [['swift'], /:\s*XCTestCase\b/],
  [['r'], /^test_that\(/m],
  [['julia'], /^@testset\b/m],
  [['clojure'], /^\(deftest\b/m],
  [['dart'], /^import 'package:(?:flutter_)?test\//m],
  [['perl'], /^use Test::/m],
  [['lua'], /^describe\(/m],
  [['bash'], /^@test "/m],
  [['cpp', 'c'], /^(?:TEST|TEST_F|TEST_CASE)\(/m],
];
const PYTHON_DEFINITION = /^(?:async )?(?:def|class) (\w+)/gm;

function isTests({ file: { language, content }, leads }: CodeBlock): boolean {
  if (language === 'python' || language === null) {
    const names = [...content.matchAll(PYTHON_DEFINITION)].map(([, name]) => name!);
    const isTest = (name: string) => /^(?:test|Test|setup|setUp|teardown)|Tests?(?:Case)?$/.test(name);
    const hasTests = names.some((name) => /^(?:test_|Test)|Tests?(?:Case)?$/.test(name));
    if (hasTests) {
      return names.every((name) => isTest(name) || content.includes('fixture'));
    }
    const statements = content.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
    const asserts = statements.filter((line) => /^assert\b/.test(line));
    const imports = statements.filter((line) => /^(?:import|from)\b/.test(line));
    return asserts.length > 0 && asserts.length + imports.length === statements.length;
  }
  const pattern = TESTS.find(([languages]) => languages.includes(language))?.[1];
  if (pattern?.test(content)) return !definesMore(language, content);
  return ANNOUNCES_TESTS.test(leads.at(-1) ?? '') && /^[ \t]*(?:console\.)?assert\b/m.test(content);
}

/** Whether the block has a program as well as tests. */
function definesMore(language: string, content: string): boolean {
  if (language === 'rust')
    return !/^\s*#\[cfg\(test\)\]/.test(content) && /^(?:pub )?(?:fn|struct|enum) /m.test(content);
  if (language === 'go') return /^func (?!Test|Benchmark|Example)\w+\(/m.test(content);
  return /^(?:export |module\.exports)/m.test(content);
}
