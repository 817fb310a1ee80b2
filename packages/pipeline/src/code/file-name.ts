import { languageOfFile } from './language.ts';

const LABEL = /^(?:(?:new |updated )?file(?:[ _-]?name)?|path|title)\s{0,4}[:=]\s{0,4}/i;
const ATTRIBUTE =
  /(?:^|[\s{,])(?:title|file(?:_?name)?|name|path)\s{0,4}[=:]\s{0,4}(?:"([^"]*)"|'([^']*)'|([^\s"'}]+))/i;
const COMMENT = /^(?:#|\/\/|\/\*+|<!--|\(\*|--|;+|%)\s{0,4}(.*?)\s{0,4}(?:\*\/|-->|\*\))?$/;
/** Names of products that read like file names. */
const PRODUCT =
  /^(?:alpine|angular|backbone|chart|d3|discord|electron|ember|express|nest|next|node|nuxt|p5|react|solid|three|vue)\.js$/i;
const LONGEST = 200;

/** Bytes of UTF-8 that a file system takes for one part of a path. */
const LONGEST_PART = 255;
/** Names that mean a device on Windows, whatever their extension. */
const DEVICE = /^(?:con|prn|aux|nul|(?:com|lpt)[\d¹²³]|con(?:in|out)\$)(?: *\.|$)/i;

/**
 * A name that may be joined to a folder, on any system: relative, with `/` between its parts, none of them `.`, `..`, a
 * device's name, longer than 255 bytes, or with a space at its beginning or a space or a dot at its end (Windows drops
 * those, and `.. ` is `..` again); no control, format or surrogate character, none of `\ < > : " | ? *`, at most 200
 * characters. A leading `./` is taken off. Null for any other. It may be any name within the folder, `.git/config` too.
 */
function safeFileName(candidate: string): string | null {
  const name = candidate.trim().replace(/^(?:\.\/)+/, '');
  if (name === '' || name.length > LONGEST) return null;
  if (/[\p{C}\p{Zl}\p{Zp}\\<>:"|?*]/u.test(name) || /^[/~]/.test(name)) return null;
  return name.split('/').every(isSafePart) ? name : null;
}

function isSafePart(part: string): boolean {
  if (part === '' || /^\s|[\s.]$/.test(part) || DEVICE.test(part)) return false;
  return new TextEncoder().encode(part).length <= LONGEST_PART;
}

/** The file name in a fence's info string: `title="app.py"`, `python app.py`, `python:app.py`, `app.py`. */
export function nameFromInfo(info: string): string | null {
  const text = info.slice(0, 2 * LONGEST);
  const attribute = ATTRIBUTE.exec(text);
  if (attribute) return safeFileName(attribute[1] ?? attribute[2] ?? attribute[3] ?? '');
  const words = text.split(/\s+/, 3);
  const afterColon = /^[\w+#-]{1,31}:(.+)$/.exec(words[0] ?? '')?.[1];
  return fileName(afterColon ?? '') ?? fileName(words[0] ?? '') ?? fileName(words[1] ?? '');
}

/**
 * The file name that the line before a block gives: alone (`**app.py**`, `### app.py`, `File: app.py`), or as the
 * one code span of a line that ends with a colon, if its extension is the block's language.
 */
export function nameFromLead(lead: string, language: string | null): string | null {
  if (lead.length > LONGEST) return null;
  const line = lead.trim().replace(/^(?:#{1,6}|[-*+]|\d{1,3}[.)])\s+/, '');
  const bare = line.replace(/[*`]/g, '').trim().replace(LABEL, '').replace(/:$/, '').trim();
  const alone = fileName(bare);
  if (alone) return isFor(alone, language) ? alone : null;
  const spans = [...line.matchAll(/`([^`]+)`/g)];
  const name = spans.length === 1 && /:\**$/.test(line) ? fileName(spans[0]![1]!) : null;
  return name && (language === null || languageOfFile(name) === language) ? name : null;
}

/** The file name in the first line of the code (the second after a `#!`) if that is a comment with no more in it. */
export function nameFromComment(content: string, language: string | null): string | null {
  const lines = content.slice(0, 2 * LONGEST).split('\n', 2);
  const line = (lines[0]!.startsWith('#!') ? lines[1] : lines[0])?.trim() ?? '';
  const name = fileName((COMMENT.exec(line)?.[1] ?? '').replace(LABEL, ''));
  return name && isFor(name, language) ? name : null;
}

function fileName(word: string): string | null {
  if (/\s/.test(word) || PRODUCT.test(word) || languageOfFile(word) === null) return null;
  return safeFileName(word);
}

/** `### app.py` above a block of commands or output says what they are about, not what they are called. */
function isFor(name: string, language: string | null): boolean {
  return !['bash', 'console', 'output', 'text'].includes(language ?? '') || languageOfFile(name) === language;
}
