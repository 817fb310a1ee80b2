import { isKnownLanguage, languageOfFile } from './language.ts';

const LABEL =
  /^(?:(?:new |updated |full |complete |final )?file(?:[ _-]?(?:name|path))?|path|title|文件名?|檔案|ファイル名?|파일(?:명|이름)?|datei(?:name)?|fichier|archivo|arquivo|plik|bestand|dosya|файл|(?:اسم )?(?:ال)?ملف|फ़ाइल)\s{0,4}[:=：]\s{0,4}/iu;
const ATTRIBUTE =
  /(?:^|[\s{,:])(?:title|file(?:_?name)?|name|path|src)\s{0,4}[=:]\s{0,4}(?:"([^"]*)"|'([^']*)'|([^\s"'}]+))/i;
const COMMENT = /^(?:#|\/\/|\/\*+|<!--|\(\*|--|;+|%)\s{0,4}(.*?)\s{0,4}(?:\*\/|-->|\*\))?$/;
/** Products whose names look like file names. */
const PRODUCT =
  /^(?:alpine|angular|backbone|chart|d3|discord|electron|ember|express|nest|next|node|nuxt|p5|react|solid|three|vue)\.js$/i;
const LONGEST = 200;

/** The longest part of a path that file systems accept, in bytes of UTF-8. */
const LONGEST_PART = 255;
/** Device names on Windows, with any extension. */
const DEVICE = /^(?:con|prn|aux|nul|(?:com|lpt)[\d¹²³]|con(?:in|out)\$)(?: *\.|$)/i;

/**
 * A name that is safe to join to a folder on any system, without a leading `./`. Null if the candidate is not safe.
 *
 * Safe names are relative, have at most 200 characters, and have no control, format or surrogate character and none of
 * `\ < > : " | ? *`. Their parts are separated by `/`. No part is `.`, `..` or a device name, is longer than 255 bytes,
 * begins with a space, or ends with a space or a dot (Windows drops those, which turns `.. ` into `..`). Hidden files
 * such as `.git/config` are safe.
 */
export function safeFileName(candidate: string): string | null {
  const name = candidate.trim().replace(/^(?:\.\/)+/, '');
  if (name === '' || name.length > LONGEST) return null;
  if (/[\p{C}\p{Zl}\p{Zp}\\<>:"|?*]/u.test(name) || /^[/~]/.test(name)) return null;
  return name.split('/').every(isSafePart) ? name : null;
}

function isSafePart(part: string): boolean {
  if (part === '' || /^\s|[\s.]$/.test(part) || DEVICE.test(part)) return false;
  return new TextEncoder().encode(part).length <= LONGEST_PART;
}

/** The file name in the info string of a fence: `title="app.py"`, `python app.py`, `python:app.py`, `app.py`. */
export function nameFromInfo(info: string): string | null {
  // Editors write the lines of the file before its name: `12:15:app.py`.
  const text = info.slice(0, 2 * LONGEST).replace(/^\d+:\d+:/, '');
  const attribute = ATTRIBUTE.exec(text);
  if (attribute) return safeFileName(attribute[1] ?? attribute[2] ?? attribute[3] ?? '');
  const words = text.split(/\s+/, 4).map((word) => word.replace(/^[([`"'{]+|[)\]`"',}]+$/g, ''));
  const afterColon = /^[\w+#-]{1,31}:(.+)$/.exec(words[0] ?? '')?.[1];
  for (const word of [afterColon ?? '', ...words]) {
    const name = fileName(word);
    // `dockerfile` is the language, `Dockerfile` the file.
    if (name !== null && !(isKnownLanguage(name) && name === name.toLowerCase())) return name;
  }
  return null;
}

/** Whether a word is a file name as it may stand alone in an info string. */
export const isFileName = (word: string): boolean => nameFromInfo(word) !== null && !/\s/.test(word);

/** How many lines before a block may head it. */
const LEADS = 6;

/**
 * The file name in the lines before a block, none of them blank. The line right before it may be a sentence. A line
 * farther above has to be a heading, a bold line, a code span or a label that consists of the name.
 */
export function nameFromLeads(leads: readonly string[], language: string | null): string | null {
  const name = nameFromLead(leads.at(-1) ?? '', language);
  if (name !== null) return name;
  for (const lead of leads.slice(-LEADS, -1).toReversed()) {
    const above =
      /^\s*(?:#|\*\*|`|\|)/.test(lead) || LABEL.test(lead.trim())
        ? (nameAlone(lead) ?? nameInHeading(lead, language))
        : null;
    if (above !== null) return isFor(above, language) ? above : null;
  }
  return null;
}

/** A line that consists of the name, or ends with a colon and has one name, of the block's language. */
function nameFromLead(lead: string, language: string | null): string | null {
  if (lead.length > LONGEST) return null;
  const alone = nameAlone(lead);
  if (alone) return isFor(alone, language) ? alone : null;
  if (!/[:：]\**\s*$/.test(lead)) return nameInHeading(lead, language);
  const spans = [...lead.matchAll(/`([^`]+)`/g)].map(([, span]) => span!);
  const words =
    spans.length > 0 ? spans : lead.split(/[\s*"'“”]+/).map((word) => word.replace(/[:：,]$/, ''));
  const names = words.map(fileName).filter((name) => name !== null);
  const name = names.length === 1 && spans.length <= 1 ? names[0]! : null;
  return name && (language === null || languageOfFile(name) === language) ? name : null;
}

/** What a heading with a file's name says if its block is another file. */
const ABOUT =
  /\b(?:us(?:e|es|ed|age|ing)|tests?|testing|examples?|run|running|explanations?|how|outputs?|install\w*|imports?|calls?|calling|demo|changes?|why|notes?)\b/i;

/** The only code span of a heading, a bold line or a step: `### 1. Server (`app.js`)`. */
function nameInHeading(lead: string, language: string | null): string | null {
  if (!/^\s*(?:#|\*\*|(?:step|file) \d)/i.test(lead)) return null;
  const [span, ...others] = [...lead.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
  if (span === undefined || others.length > 0 || ABOUT.test(lead.replace(/`[^`]+`/, ''))) return null;
  const name = fileName(span);
  return name !== null && languageOfFile(name) === language ? name : null;
}

/** `**app.py**`, `### 1. app.py`, `File: app.py`, `[app.py](./app.py)`, `app.py (new)`, `=== app.py ===`. */
function nameAlone(lead: string): string | null {
  if (lead.length > LONGEST) return null;
  const line = lead
    .trim()
    .replace(/^\|\s{0,4}([^|]{1,30}?)\s{0,4}\|\s{0,4}([^|]{1,200}?)\s{0,4}\|$/, '$1: $2')
    .replace(/^(?:[-=]{2,}>?|<!--|\/\/)\s+|\s+(?:<?[-=]{2,}|-->)$/g, '')
    .replace(/^(?:\p{So}|\uFE0F|\s)+/u, '')
    .replace(/^(?:#{1,6}|[-*+]|\d{1,3}[.)])\s+/, '')
    .replace(/^(?:(?:file|step) )?\d{1,3}[.):]\s+/i, '')
    .replace(/\[([^[\]]+)\]\([^()]*\)/, '$1')
    .replace(/[*`]/g, '')
    .trim()
    .replace(/^(?:\p{So}|\uFE0F|\s)+/u, '')
    .replace(LABEL, '');
  const bare = line.replace(/\s+\([^()]*\)\s*[:：]?$|\s+[-–—]\s.*$/, '').replace(/[:：]$/, '');
  return fileName(bare.trim());
}

/** The file name in the first line of the code, or the second after `#!`, if the line is a comment of nothing else. */
export function nameFromComment(content: string, language: string | null): string | null {
  const lines = content.slice(0, 2 * LONGEST).split('\n', 2);
  const line = (lines[0]!.startsWith('#!') ? lines[1] : lines[0])?.trim() ?? '';
  const text = (COMMENT.exec(line)?.[1] ?? '').replace(LABEL, '');
  const name = fileName(text.replace(/(?:\s+[-–—]|:)\s.*$/, ''));
  return name && isFor(name, language) ? name : null;
}

function fileName(word: string): string | null {
  if (/[\s：]/.test(word) || PRODUCT.test(word) || languageOfFile(word) === null) return null;
  // `.py` is an extension, `.npmrc` a file.
  if (/^\.\w+$/.test(word) && isKnownLanguage(word.slice(1))) return null;
  return safeFileName(word);
}

/** False for `### app.py` above commands or output: it names their subject, not their file. */
function isFor(name: string, language: string | null): boolean {
  return !['bash', 'console', 'output', 'text'].includes(language ?? '') || languageOfFile(name) === language;
}
