import { gzipSync } from 'node:zlib';
import type { Quirk, QuirkGroup } from './quirk.ts';

const REASON = 'no such field';
const JSON_TYPE = 'application/json';

/** A 400 with the server's reason in one of many places. */
const body = (
  name: string,
  sends: string,
  content: string | Buffer,
  headers: Readonly<Record<string, string>> = { 'content-type': JSON_TYPE },
): Quirk => ({
  name: `error-${name}`,
  sends,
  means: 'request-rejected',
  reason: REASON,
  response: () => ({ status: 400, headers, body: [content] }),
});

const html = { 'content-type': 'text/html' };
const gzip = { 'content-encoding': 'gzip' };

export const errorBodies: QuirkGroup = {
  title: 'Shapes of an error of status 400',
  quirks: [
    body('message', '`{error: {message}}`', `{"error":{"message":"${REASON}"}}`),
    body('text', '`{error: "…"}`', `{"error":"${REASON}"}`),
    body(
      'list',
      '`[{error: {message}}]` (Gemini)',
      `[{"error":{"code":400,"message":"${REASON}","status":"INVALID_ARGUMENT"}}]`,
    ),
    body(
      'message-detail',
      '`{message: {detail: [{msg, loc}]}}` (Mistral)',
      `{"object":"error","message":{"detail":[{"msg":"${REASON}","loc":["body","n"]}]}}`,
    ),
    body('detail-text', '`{detail: "…"}`', `{"detail":"${REASON}"}`),
    body(
      'detail-list',
      '`{detail: [{msg, loc}]}` (FastAPI)',
      `{"detail":[{"loc":["body","n"],"msg":"${REASON}","type":"extra_forbidden"}]}`,
    ),
    body('details', '`{details: "…"}`', `{"details":"${REASON}"}`),
    body('errors', '`{errors: [{message}]}`', `{"errors":[{"message":"${REASON}"}]}`),
    body('errors-texts', '`{errors: ["…"]}`', `{"success":false,"errors":["${REASON}"]}`),
    body('top-message', '`{message: "…"}`', `{"object":"error","message":"${REASON}","code":40001}`),
    body(
      'short-error',
      '`message` and a short `error`',
      `{"statusCode":400,"error":"Bad Request","message":"${REASON}"}`,
    ),
    body('problem-details', 'problem details (RFC 9457)', `{"title":"Bad Request","detail":"${REASON}"}`),
    body(
      'json-in-text',
      'JSON within `message`',
      `{"error":{"message":"{\\"error\\":{\\"message\\":\\"${REASON}\\"}}"}}`,
    ),
    body(
      'metadata-raw',
      "the provider's error in `metadata.raw` (OpenRouter)",
      `{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\\"detail\\":\\"${REASON}\\"}"}}}`,
    ),
    body('as-event', 'an event', `data: {"error":{"message":"${REASON}"}}\n\n`),
    ...Object.entries({
      errors_by_field: { errors: { model: [REASON] } },
      error_message: { error_message: REASON },
      error_msg: { error_code: 1, error_msg: REASON },
      Message: { Message: REASON },
      message_content: { message: { content: REASON } },
      faultstring: { fault: { faultstring: REASON } },
      status_message: { status: { message: REASON } },
      status_msg: { base_resp: { status_code: 1, status_msg: REASON } },
      innererror: { error: { code: 'x', message: '', innererror: { message: REASON } } },
      data_message: { data: { message: REASON } },
    }).map(([name, error]) =>
      body(
        name.replaceAll('_', '-').toLowerCase(),
        `\`${JSON.stringify(error).replace(REASON, '…')}\``,
        JSON.stringify(error),
      ),
    ),
    body('plain-text', 'plain text', `${REASON}\n`, { 'content-type': 'text/plain' }),
    body('json-string', 'a JSON string', `"${REASON}"`),
    body(
      'page-title',
      'a page with a title',
      `<!DOCTYPE html><html><head><title>${REASON}</title></head><body>x</body></html>`,
      html,
    ),
    body(
      'page-heading',
      'a page with a heading',
      `<html><body><h1>${REASON}</h1><hr>nginx</body></html>`,
      html,
    ),
    body(
      'page-text',
      'a page with text only',
      `<html><style>p{}</style><body><p>${REASON.replace('field', '<b>field</b>')}</p></body></html>`,
      html,
    ),
    body('gzip', 'compressed JSON', gzipSync(`{"error":{"message":"${REASON}"}}`), gzip),
    body('gzip-text', 'compressed text', gzipSync(REASON), gzip),
    body(
      'control-characters',
      'control characters in the reason',
      '{"error":{"message":"no \\u001b\\u202e such\\u0000\\nfield"}}',
    ),
    body('megabytes', 'a reason of 2 MiB', `${REASON} ${'x'.repeat(2 ** 21)}`),
  ],
};
