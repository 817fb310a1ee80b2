export interface Language {
  /** Info string of the fence; unique. */
  readonly tag: string;
  readonly name: string;
  /** Matches a mention in a request. `go` and `c` are also English words, so they need context. */
  readonly mention: RegExp;
  readonly comment: (text: string) => string;
}

const hash = (text: string) => `# ${text}`;
const slashes = (text: string) => `// ${text}`;
const dashes = (text: string) => `-- ${text}`;

export const python = {
  tag: 'python',
  name: 'Python',
  mention: /\b(python\d?|flask|django)\b/i,
  comment: hash,
} as const satisfies Language;

export const languages: readonly Language[] = [
  python,
  { tag: 'javascript', name: 'JavaScript', mention: /\b(javascript|node(\.?js)?|js)\b/i, comment: slashes },
  { tag: 'typescript', name: 'TypeScript', mention: /\b(typescript|ts)\b/i, comment: slashes },
  {
    tag: 'go',
    name: 'Go',
    mention: /\bgolang\b|\b(in|into|to|using) go\b|\bgo (code|function|program|server|service|struct)\b/i,
    comment: slashes,
  },
  { tag: 'java', name: 'Java', mention: /\bjava\b/i, comment: slashes },
  { tag: 'rust', name: 'Rust', mention: /\brust\b/i, comment: slashes },
  { tag: 'cpp', name: 'C++', mention: /\b(c\+\+|cpp\b)/i, comment: slashes },
  { tag: 'csharp', name: 'C#', mention: /\b(c#|csharp\b)/i, comment: slashes },
  {
    tag: 'c',
    name: 'C',
    mention: /\b(in|into|to|using) c(?![\w+#])|\bc (code|function|program)\b/i,
    comment: slashes,
  },
  { tag: 'ruby', name: 'Ruby', mention: /\b(ruby|rails)\b/i, comment: hash },
  { tag: 'bash', name: 'Bash', mention: /\b(bash|shell)\b/i, comment: hash },
  { tag: 'sql', name: 'SQL', mention: /\b(\w*sql|sqlite)\b/i, comment: dashes },
  { tag: 'html', name: 'HTML', mention: /\bhtml\b/i, comment: (text) => `<!-- ${text} -->` },
  { tag: 'css', name: 'CSS', mention: /\bcss\b/i, comment: (text) => `/* ${text} */` },
];

const byTag = new Map(languages.map((language) => [language.tag, language]));

export function languageByTag(tag: string): Language | undefined {
  return byTag.get(tag.toLowerCase());
}

/** The language mentioned first in the text. */
export function mentionedLanguage(text: string): Language | undefined {
  let first: Language | undefined;
  let at = Number.POSITIVE_INFINITY;
  for (const language of languages) {
    const place = text.search(language.mention);
    if (place >= 0 && place < at) [first, at] = [language, place];
  }
  return first;
}

/** Words that do not describe the task. */
const fillerWords = new Set(
  `a an and any are as at be better by can change clean code could create develop do does each every fix for
   from function functions generate get give good hello help i if implement improve in into is it its just let
   like make me my need nice of on or please program project provide script should simple so some something
   stuff task test than that the their them thing things this to us use using want we which will with work
   working works would write you your`.split(/\s+/),
);

const languageNames =
  /^(python\d?|javascript|js|node|nodejs|typescript|ts|golang|go|java|rust|cpp|csharp|c|ruby|bash|shell|sql|html|css)$/;

/** The lower-case words of a request that describe the task. */
export function meaningfulWords(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.filter((word) => !fillerWords.has(word) && !languageNames.test(word));
}
