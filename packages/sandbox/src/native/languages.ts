/** A language whose programs are compiled, and then run on the text of stdin. */
export interface NativeLanguage {
  /** Name of the file of a program that has one file. */
  readonly fileName: string;
  /** Files of a program. Others are left out. */
  readonly files: RegExp;
  /** Those of them that the compiler gets as arguments. */
  readonly sources: RegExp;
  /** The command that makes the file `program` of the sources. */
  readonly compile: readonly string[];
  /** Arguments of the linker, after the sources. */
  readonly libraries: readonly string[];
  /** Variables of the compiler's environment. */
  readonly environment: readonly string[];
  readonly limits: {
    /** Milliseconds of the compiler with all of its processes. */
    readonly compileMs: number;
    /** Megabytes of each process of the compiler. */
    readonly compileMb: number;
    /** Megabytes of the largest file that the compiler may write. */
    readonly fileMb: number;
    /** Megabytes of addresses of the program. They exceed its memory, which is limited as for all languages. */
    readonly addressMb: number;
  };
  /** A program that prints `ready`, to find out whether the language runs here. */
  readonly example: string;
}

const LIMITS = { compileMs: 15_000, compileMb: 512, fileMb: 32, addressMb: 1_024 };

/** Without dynamic libraries: the program is the only file that it has to open. */
const FLAGS = ['-O1', '-w', '-pipe', '-pthread', '-static', '-o', 'program'];

/** A further language is one more entry. Its name is that of Markdown's info strings. */
const LANGUAGES = {
  c: {
    fileName: 'main.c',
    files: /\.[ch]$/,
    sources: /\.c$/,
    compile: ['/usr/bin/gcc', '-std=gnu17', ...FLAGS],
    libraries: ['-lm'],
    environment: ['PATH=/usr/bin', 'LC_ALL=C', 'TMPDIR=.'],
    limits: LIMITS,
    example: '#include <stdio.h>\nint main(void) { puts("ready"); }\n',
  },
  cpp: {
    fileName: 'main.cpp',
    files: /\.(?:cpp|cc|cxx|hpp|hh|hxx|h|ipp|tpp)$/,
    sources: /\.(?:cpp|cc|cxx)$/,
    compile: ['/usr/bin/g++', '-std=gnu++20', ...FLAGS],
    libraries: [],
    environment: ['PATH=/usr/bin', 'LC_ALL=C', 'TMPDIR=.'],
    limits: LIMITS,
    example: '#include <iostream>\nint main() { std::cout << "ready\\n"; }\n',
  },
} satisfies Record<string, NativeLanguage>;

export type NativeName = keyof typeof LANGUAGES;

export const NATIVE_LANGUAGES: Readonly<Record<NativeName, NativeLanguage>> = LANGUAGES;

export const isNative = (language: string): language is NativeName => Object.hasOwn(LANGUAGES, language);
