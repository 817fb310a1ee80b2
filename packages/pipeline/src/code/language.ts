/** A language, the beginning and end of its comments, and its aliases: other names and file extensions. */
type Row = readonly [name: string, open: string, close: string, aliases: string];

const ROWS: readonly Row[] = [
  ['ada', '-- ', '', 'adb ads'],
  ['assembly', '; ', '', 'asm nasm s'],
  ['bash', '# ', '', 'sh shell zsh'],
  ['batch', 'REM ', '', 'bat cmd'],
  ['c', '// ', '', 'h'],
  ['clojure', ';; ', '', 'clj cljs edn'],
  ['cmake', '# ', '', ''],
  ['console', '# ', '', 'terminal shell-session shellsession'],
  ['cpp', '// ', '', 'c++ cc cxx hpp hh cplusplus'],
  ['csharp', '// ', '', 'c# cs'],
  ['css', '/* ', ' */', ''],
  ['dart', '// ', '', ''],
  ['diff', '# ', '', 'patch'],
  ['dockerfile', '# ', '', 'docker'],
  ['elixir', '# ', '', 'ex exs'],
  ['elm', '-- ', '', ''],
  ['erlang', '% ', '', 'erl hrl'],
  ['fish', '# ', '', ''],
  ['fsharp', '// ', '', 'f# fs fsx'],
  ['go', '// ', '', 'golang'],
  ['graphql', '# ', '', 'gql'],
  ['groovy', '// ', '', 'gradle'],
  ['haskell', '-- ', '', 'hs'],
  ['hcl', '# ', '', 'terraform tf tfvars'],
  ['html', '<!-- ', ' -->', 'htm xhtml'],
  ['ini', '; ', '', 'cfg conf properties'],
  ['java', '// ', '', ''],
  ['javascript', '// ', '', 'js mjs cjs node'],
  ['json', '// ', '', 'jsonc json5'],
  ['jsx', '// ', '', ''],
  ['julia', '# ', '', 'jl'],
  ['kotlin', '// ', '', 'kt kts'],
  ['latex', '% ', '', 'tex'],
  ['less', '/* ', ' */', ''],
  ['lisp', ';; ', '', 'el lsp common-lisp elisp'],
  ['lua', '-- ', '', ''],
  ['makefile', '# ', '', 'make mk'],
  ['markdown', '<!-- ', ' -->', 'md mdx'],
  ['matlab', '% ', '', 'octave'],
  ['nim', '# ', '', ''],
  ['objective-c', '// ', '', 'objc objectivec m mm'],
  ['ocaml', '(* ', ' *)', 'ml mli'],
  ['output', '# ', '', 'stdout log'],
  ['pascal', '// ', '', 'pas delphi'],
  ['perl', '# ', '', 'pl pm'],
  ['php', '// ', '', ''],
  ['powershell', '# ', '', 'ps1 pwsh psm1'],
  ['prisma', '// ', '', ''],
  ['protobuf', '// ', '', 'proto'],
  ['python', '# ', '', 'py python3 py3 pyi'],
  ['r', '# ', '', ''],
  ['ruby', '# ', '', 'rb'],
  ['rust', '// ', '', 'rs'],
  ['scala', '// ', '', 'sc'],
  ['scheme', ';; ', '', 'scm rkt racket'],
  ['scss', '/* ', ' */', 'sass'],
  ['solidity', '// ', '', 'sol'],
  ['sql', '-- ', '', 'mysql postgresql postgres sqlite plsql tsql'],
  ['svelte', '<!-- ', ' -->', ''],
  ['swift', '// ', '', ''],
  ['text', '# ', '', 'txt plain plaintext'],
  ['toml', '# ', '', ''],
  ['tsx', '// ', '', ''],
  ['typescript', '// ', '', 'ts mts cts'],
  ['verilog', '// ', '', 'v sv systemverilog'],
  ['vhdl', '-- ', '', 'vhd'],
  ['vim', '" ', '', 'viml vimscript'],
  ['vue', '<!-- ', ' -->', ''],
  ['xml', '<!-- ', ' -->', 'svg xsd xsl'],
  ['yaml', '# ', '', 'yml'],
  ['zig', '// ', '', ''],
];

/** Further words that info strings use. Their blocks have the comments of an unknown language. */
const OTHER_NAMES = new Set(
  (
    'abap apache apex applescript asciidoc astro awk bicep bazel blade bnf cairo clingo cobol coffee coffeescript ' +
    'coq crystal csv cuda cue cypher d django dot dotenv ejs env erb feature fortran gdscript gherkin gitignore glsl ' +
    'graphviz haml handlebars hbs hjson hlsl http idris jinja jinja2 jsonl jsp latte lean liquid log llvm math mermaid ' +
    'mojo move ndjson nginx nix opencl plantuml postcss prolog pug puppet purescript pycon python-repl qml razor reason ' +
    'regex repl robot rst sed smalltalk sparql starlark stylus systemd tcl traceback tsv twig vba vbnet visualbasic ' +
    'vyper wasm wat wgsl wolfram'
  ).split(' '),
);

const NAMES = new Map(
  ROWS.flatMap(([name, , , aliases]) =>
    [name, ...aliases.split(' ')].filter(Boolean).map((word) => [word, name]),
  ),
);
/** Files whose name has no extension, or one that says nothing, and their languages. */
const SPECIAL_FILES = new Map([
  ...['dockerfile', 'containerfile'].map((name) => [name, 'dockerfile'] as const),
  ...['makefile', 'gnumakefile'].map((name) => [name, 'makefile'] as const),
  ...['gemfile', 'rakefile', 'vagrantfile', 'podfile'].map((name) => [name, 'ruby'] as const),
  ...['procfile', 'license', 'readme', '.gitignore', '.dockerignore', '.npmrc'].map(
    (name) => [name, 'text'] as const,
  ),
  ...['.env', '.env.example', '.editorconfig', 'pipfile'].map((name) => [name, 'ini'] as const),
  ['jenkinsfile', 'groovy'],
  ['cmakelists.txt', 'cmake'],
  ['go.mod', 'go'],
  ['.bashrc', 'bash'],
  ['.eslintrc', 'json'],
  ['.prettierrc', 'json'],
]);

/** Extensions that no info string uses as a language, and those of languages without comments of their own here. */
const OTHER_EXTENSIONS = new Map([
  ...['csproj', 'fsproj', 'vbproj', 'xaml', 'resx', 'plist', 'wsdl', 'xslt', 'storyboard'].map(
    (name) => [name, 'xml'] as const,
  ),
  ...['ipynb', 'geojson', 'webmanifest'].map((name) => [name, 'json'] as const),
  ...['ejs', 'erb', 'hbs', 'astro', 'pug', 'twig', 'liquid', 'njk'].map((name) => [name, name] as const),
  ...['csv', 'tsv', 'jsonl', 'ndjson', 'http', 'feature', 'bicep', 'nix', 'cu', 'wgsl', 'glsl'].map(
    (name) => [name, name] as const,
  ),
  ...['rst', 'adoc', 'puml', 'mmd', 'coffee', 'vb', 'f90', 'f95', 'cob', 'abap', 'apex', 'cls'].map(
    (name) => [name, name] as const,
  ),
  ...['service', 'timer', 'desktop', 'sln', 'lock', 'sum', 'in'].map((name) => [name, 'text'] as const),
]);

const COMMENTS = new Map(ROWS.map(([name, open, close]) => [name, [open, close] as const]));

/**
 * The language in the info string of a fence: its first word in lower case, with aliases resolved (`py` → `python`).
 * An unknown word is returned as it is. Null if the first word is missing, an attribute or a file name.
 */
export function languageOf(info: string): string | null {
  const word = /^(?:\{\s{0,4})?\.?(?:lang(?:uage)?-)?([a-z0-9][a-z0-9+#_-]{0,30})(?=$|[\s{},:;])/i.exec(
    info,
  )?.[1];
  if (!word) return null;
  const lower = word.toLowerCase();
  return NAMES.get(lower) ?? lower;
}

/** Whether a word names a language that this service knows, in any case. */
export const isKnownLanguage = (word: string): boolean =>
  NAMES.has(word.toLowerCase()) || OTHER_NAMES.has(word.toLowerCase());

/** The language of a file, from its extension or a name such as `Dockerfile`. Null if unknown. */
export function languageOfFile(name: string): string | null {
  const base = name.slice(name.lastIndexOf('/') + 1).toLowerCase();
  // `.env.local` and `Dockerfile.dev` are variants.
  const special =
    SPECIAL_FILES.get(base) ?? SPECIAL_FILES.get(/^(?:\.env|[a-z]+file)(?=\.)/.exec(base)?.[0] ?? '');
  if (special !== undefined) return special;
  const dot = base.lastIndexOf('.');
  const extension = base.slice(dot + 1);
  return dot < 0 ? null : (NAMES.get(extension) ?? OTHER_EXTENSIONS.get(extension) ?? null);
}

/** Extensions of files that differ from the name of their language. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  bash: 'sh',
  batch: 'bat',
  csharp: 'cs',
  elixir: 'ex',
  erlang: 'erl',
  fsharp: 'fs',
  haskell: 'hs',
  javascript: 'js',
  julia: 'jl',
  kotlin: 'kt',
  latex: 'tex',
  markdown: 'md',
  ocaml: 'ml',
  perl: 'pl',
  powershell: 'ps1',
  python: 'py',
  ruby: 'rb',
  rust: 'rs',
  typescript: 'ts',
};

/** The extension of a language's files. `txt` if the language is unknown. */
export function extensionOf(language: string | null): string {
  if (language === null || !NAMES.has(language)) return 'txt';
  return EXTENSIONS[language] ?? language.replace(/[^a-z0-9]/g, '');
}

/** `label` as a comment line of the language. `#` begins it if the language is unknown. */
export function commentLine(language: string | null, label: string): string {
  const [open, close] = COMMENTS.get(language ?? '') ?? ['# ', ''];
  return open + label + close;
}
