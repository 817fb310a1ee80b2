import { NATIVE_LANGUAGES, type NativeName } from './native/languages.ts';

/** Languages whose programs an interpreter runs, wherever processes can be locked. */
export const INTERPRETED = ['python', 'javascript', 'typescript'] as const;
export type Interpreted = (typeof INTERPRETED)[number];

/** Compiled languages run only where `prepareNative` has found their compilers. */
export type Language = Interpreted | NativeName;

export const LANGUAGES: readonly Language[] = [
  ...INTERPRETED,
  ...(Object.keys(NATIVE_LANGUAGES) as NativeName[]),
];

const INTERPRETED_FILES = {
  python: 'main.py',
  javascript: 'main.js',
  typescript: 'main.ts',
} satisfies Record<Interpreted, string>;

/** Name of the file of a program that has one file. */
export const fileNameOf = (language: Language): string =>
  language in INTERPRETED_FILES
    ? INTERPRETED_FILES[language as Interpreted]
    : NATIVE_LANGUAGES[language as NativeName].fileName;

/** The sandbox cannot run programs here. The message says why. */
export class SandboxUnavailable extends Error {
  override readonly name = 'SandboxUnavailable';
}

export interface SourceFile {
  /** Relative path. */
  readonly name: string;
  readonly content: string;
}

export interface Program {
  readonly language: Language;
  /** The entry is `main`, `app`, `index` or `solution`, else the first file. At least one file. */
  readonly files: readonly SourceFile[];
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A call of a function, or an execution of the whole program, with the expected effect. Values are JSON. */
export type Case =
  | {
      readonly kind: 'call';
      /** A function, or `Class.method`. A program with other naming conventions, or one function only, matches too. */
      readonly function: string;
      readonly args: readonly Json[];
      readonly expected: Expected;
    }
  | { readonly kind: 'stdin'; readonly stdin: string; readonly expected: Expected };

/** `{ value }` is the returned value or, for `stdin`, the printed text. `{ raises: true }` is any exception. */
export type Expected = { readonly value: Json } | { readonly raises: true };

/**
 * - `passed`, `failed`  the program did, or did not, what the case expects
 * - `timeout`           the case exceeded its time
 * - `unsupported`       the case could not be tried; it says nothing about the program
 */
export type Verdict = 'passed' | 'failed' | 'timeout' | 'unsupported';

export interface CaseResult {
  readonly verdict: Verdict;
  /** What the program returned, printed or raised; at most 500 characters. Null if nothing. */
  readonly actual: string | null;
}

/**
 * - `loaded`       the program was loaded, and its cases tried
 * - `broken`       it does not parse, or raises while it is loaded
 * - `unsupported`  it needs a module or something else that the sandbox does not have
 */
export type LoadState = 'loaded' | 'broken' | 'unsupported';

export interface Execution {
  readonly load: LoadState;
  /** Why the program was not loaded. Null if it was. */
  readonly reason: string | null;
  /** One result per case, in order. */
  readonly results: readonly CaseResult[];
}

export interface Limits {
  /** Milliseconds for each case, and for loading the program. */
  readonly caseMs: number;
  /** Milliseconds for a program with all its cases, from the start of its first process. */
  readonly programMs: number;
  /** Megabytes that a program may use on top of the interpreter. */
  readonly memoryMb: number;
  /** Characters that a program may print; bytes if it is compiled. */
  readonly outputChars: number;
}

export const DEFAULT_LIMITS: Limits = {
  caseMs: 5_000,
  programMs: 20_000,
  memoryMb: 256,
  outputChars: 262_144,
};

const ENTRY = /^(?:.*\/)?(?:__main__|main|app|index|solution)\.\w+$/;

/** Extensions of files that the interpreter of a language loads. */
const EXTENSIONS: Record<Interpreted, RegExp> = {
  python: /\.py$/,
  javascript: /\.[cm]?jsx?$/,
  typescript: /\.[cm]?[jt]sx?$/,
};

/** The file that an interpreter loads first. */
export function entryOf(language: Interpreted, files: Program['files']): SourceFile {
  const own = files.filter(({ name }) => EXTENSIONS[language].test(name));
  const entry = own.find(({ name }) => ENTRY.test(name)) ?? own[0] ?? files[0];
  if (entry === undefined) throw new TypeError('a program needs at least one file');
  return entry;
}
