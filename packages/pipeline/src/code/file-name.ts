import { languageOfFile } from './language.ts';

const LABEL = /^(?:(?:new |updated )?file(?:[ _-]?name)?|path|title)\s{0,4}[:=]\s{0,4}/i;
const ATTRIBUTE =
  /(?:^|[\s{,])(?:title|file(?:_?name)?|name|path)\s{0,4}[=:]\s{0,4}(?:"([^"]*)"|'([^']*)'|([^\s"'}]+))/i;
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

/** The file name in the info string of a fence: `title="app.py"`, `python app.py`, `python:app.py`, `app.py`. */
export function nameFromInfo(info: string): string | null {
  const text = info.slice(0, 2 * LONGEST);
  const attribute = ATTRIBUTE.exec(text);
  if (attribute) return safeFileName(attribute[1] ?? attribute[2] ?? attribute[3] ?? '');
  const words = text.split(/\s+/, 3);
  const afterColon = /^[\w+#-]{1,31}:(.+)$/.exec(words[0] ?? '')?.[1];
  return fileName(afterColon ?? '') ?? fileName(words[0] ?? '') ?? fileName(words[1] ?? '');
}

/**
 * The file name in the line before a block. The line consists of the name (`**app.py**`, `### app.py`, `File: app.py`),
 * or ends with a colon and has the name as its only code span, with the extension of the block's language.
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

/** The file name in the first line of the code, or the second after `#!`, if the line is a comment of nothing else. */
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

/** False for `### app.py` above commands or output: it names their subject, not their file. */
function isFor(name: string, language: string | null): boolean {
  return !['bash', 'console', 'output', 'text'].includes(language ?? '') || languageOfFile(name) === language;
}
