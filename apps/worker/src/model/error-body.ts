import { field, parseJson } from './chunk.ts';

/** Characters of a body that are searched for a reason. */
const MAX_BODY_CHARS = 16_384;
/** The expressions for HTML take quadratic time. */
const MAX_HTML_CHARS = 4_096;
const MAX_NESTING = 5;

/** The body of an error as a value: parsed if it is JSON, also within one server-sent event, else the text. */
export function parseErrorBody(text: string): unknown {
  const body = text.replace(/^\ufeff?\s*(data:)?\s*/, '');
  try {
    return body === '' ? undefined : parseJson(body);
  } catch {
    return text.slice(0, MAX_BODY_CHARS).trim();
  }
}

/** The object with `code`, `type` and `message` in an error body: Gemini wraps it in a list, others in `error`. */
export function errorObjectOf(body: unknown): unknown {
  let error = body;
  for (let level = 0; level < MAX_NESTING; level++) {
    const [inList] = Array.isArray(error) ? error : [];
    const list = field(error, 'errors');
    const inner = inList ?? field(error, 'error') ?? (Array.isArray(list) ? list[0] : undefined);
    if (typeof inner !== 'object' || inner === null) return error;
    error = inner;
  }
  return error;
}

/** The server's own reason in an error body of any shape; '' if there is none. Not yet safe to show. */
export function reasonOf(body: unknown, level = 0): string {
  if (level > MAX_NESTING) return '';
  if (typeof body === 'string') return reasonOfText(body, level);
  if (typeof body !== 'object' || body === null) return '';
  if (Array.isArray(body)) {
    const reasons = body.slice(0, 3).map((item) => reasonOf(item, level + 1));
    return reasons.filter((reason) => reason !== '').join('; ');
  }
  const reason = reasonOfFields(body, level);
  // OpenRouter says "Provider returned error" and has the provider's body in `raw`.
  const raw = reasonOf(field(field(body, 'metadata'), 'raw'), level + 1);
  return raw === '' || reason.includes(raw) ? reason : [reason, raw].filter(Boolean).join(': ');
}

/** In the order of how much they usually say. `error` comes first if it is an object, and late if it is a word. */
const FIELDS = [
  'message',
  'msg',
  'detail',
  'details',
  'errors',
  'error',
  'error_description',
  'error_message',
  'errorMessage',
  'error_msg',
  'status_msg',
  'Message',
  'faultstring',
  'description',
  'content',
  'title',
  'reason',
];
/** Fields of an object without any of those that are searched for one. */
const MAX_SEARCHED = 10;

function reasonOfFields(body: object, level: number): string {
  const error = field(body, 'error');
  const names = typeof error === 'object' ? ['error', ...FIELDS] : FIELDS;
  for (const name of names) {
    const reason = reasonOf(field(body, name), level + 1);
    if (reason !== '') return reason + placeOf(field(body, 'loc'));
  }
  for (const value of Object.values(body).slice(0, MAX_SEARCHED)) {
    const reason = typeof value === 'object' ? reasonOf(value, level + 1) : '';
    if (reason !== '') return reason;
  }
  return '';
}

/** Where a validation error of FastAPI is: ` (body.messages.0.role)`. */
function placeOf(loc: unknown): string {
  const isPlace = Array.isArray(loc) && loc.length > 0 && loc.length < 10;
  return isPlace ? ` (${loc.map((step) => String(step).slice(0, 40)).join('.')})` : '';
}

function reasonOfText(text: string, level: number): string {
  const start = text.slice(0, MAX_BODY_CHARS).trim();
  if (/^[[{]/.test(start)) {
    try {
      return reasonOf(parseJson(text), level + 1) || start;
    } catch {
      return start;
    }
  }
  return isHtml(start) ? reasonOfHtml(start.slice(0, MAX_HTML_CHARS)) : start;
}

export const isHtml = (body: unknown): boolean =>
  typeof body === 'string' && /^\s*<(!doctype|html|head|body|\?xml|h1|center)/i.test(body);

/** The title of a page, else its first heading, else its text. */
function reasonOfHtml(html: string): string {
  const [, heading = ''] =
    /<title\b[^<>]{0,200}>([^<]*)/i.exec(html) ?? /<h1\b[^<>]{0,200}>([^<]*)/i.exec(html) ?? [];
  const text =
    heading.trim() || html.replace(/<(style|script)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^<>]*>/g, ' ');
  return text
    .replace(/&nbsp;/g, ' ')
    .replace(/&(#39|apos|rsquo);/g, "'")
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
    .trim();
}
