export interface Language {
  /** What stands behind the opening fence; unique. */
  readonly tag: string;
  readonly name: string;
  /** How a request names it. `go` and `c` are words of English too, so those need company. */
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

/** The language named first in the text, if any is. */
export function mentionedLanguage(text: string): Language | undefined {
  let first: Language | undefined;
  let at = Number.POSITIVE_INFINITY;
  for (const language of languages) {
    const place = text.search(language.mention);
    if (place >= 0 && place < at) [first, at] = [language, place];
  }
  return first;
}
