import type { Job } from '@codegen/contract';

export interface ShownFile {
  readonly name: string;
  readonly language: string | null;
  readonly content: string;
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  typescript: 'ts',
  javascript: 'js',
  tsx: 'tsx',
  jsx: 'jsx',
  python: 'py',
  rust: 'rs',
  ruby: 'rb',
  csharp: 'cs',
  'c#': 'cs',
  cpp: 'cpp',
  'c++': 'cpp',
  kotlin: 'kt',
  bash: 'sh',
  shell: 'sh',
  sh: 'sh',
  markdown: 'md',
  yaml: 'yml',
  go: 'go',
  java: 'java',
  c: 'c',
  php: 'php',
  sql: 'sql',
  html: 'html',
  css: 'css',
  json: 'json',
  swift: 'swift',
  powershell: 'ps1',
};

/** The name that the service gives to code without one in the next job of the thread. */
const nameFor = (language: string | null, index: number) =>
  `main${index > 0 ? `-${index + 1}` : ''}.${EXTENSIONS[language?.toLowerCase() ?? ''] ?? 'txt'}`;

export const namedFiles = (files: Job['files']): ShownFile[] =>
  files.map((file, index) => ({ ...file, name: file.name ?? nameFor(file.language, index) }));

export const contentOf = (files: readonly ShownFile[], name: string) =>
  files.find((file) => file.name === name)?.content ?? null;

/** The files of a finished job, else its provisional code. */
export function filesOf({ files, provisional, result, language }: Job): ShownFile[] {
  if (files.length > 0) return namedFiles(files);
  const code = provisional?.code ?? result?.code ?? '';
  const own = provisional ? provisional.language : language;
  if (result?.text) return [{ name: 'answer.txt', language: null, content: result.text }];
  return code === '' ? [] : [{ name: nameFor(own, 0), language: own, content: code }];
}
