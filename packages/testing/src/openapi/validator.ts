import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import type { OpenApi, Operation, ResponseDescription } from './document.ts';
import type { Reply } from './http-request.ts';

/** Headers that the document does not list per response: HTTP, security and CORS. */
const GENERAL_HEADERS =
  /^(?:date|connection|vary|access-control-.*|keep-alive|transfer-encoding|content-(?:type|length|encoding|security-policy)|cache-control|strict-transport-security|referrer-policy|origin-agent-cluster|cross-origin-.*|x-(?:content-type-options|dns-prefetch-control|download-options|frame-options|permitted-cross-domain-policies|xss-protection))$/;

export interface Validator {
  /** Differences between a response and the document. */
  responseErrors(operation: Operation, reply: Reply): string[];
  /** Differences between a webhook message and the document. */
  webhookErrors(name: string, message: unknown): string[];
}

export function createValidator(document: OpenApi): Validator {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajvFormats.default(ajv);
  ajv.addSchema({ ...document.json, $id: 'openapi' });
  const compiled = new Map<object, ValidateFunction>();
  const check = (schema: object, value: unknown, what: string): string[] => {
    // References are relative to the document.
    const validate = compiled.get(schema) ?? ajv.compile(rebased(schema));
    compiled.set(schema, validate);
    return validate(value) ? [] : [`${what}: ${ajv.errorsText(validate.errors)}`];
  };

  function bodyErrors({ content }: ResponseDescription, headers: Headers, body: string): string[] {
    if (content === undefined) return body === '' ? [] : ['a body is not described'];
    const type = headers.get('Content-Type')?.split(';')[0] ?? 'none';
    const media = content[type];
    if (media === undefined) return [`media type ${type} is not described`];
    return valuesOf(type, body).flatMap((value) => check(media.schema, value, 'body'));
  }

  return {
    responseErrors(operation, { status, headers, body }) {
      const described = operation.responses[status];
      if (described === undefined) return [`status ${status} is not described: ${body.slice(0, 300)}`];
      const found = Object.entries(described.headers ?? {}).flatMap(([name, { required, schema }]) => {
        const value = headers.get(name);
        if (value !== null) return check(schema, value, name);
        return required ? [`${name} is missing`] : [];
      });
      const known = Object.keys(described.headers ?? {}).map((name) => name.toLowerCase());
      for (const name of headers.keys())
        if (!GENERAL_HEADERS.test(name) && !known.includes(name))
          found.push(`header ${name} is not described`);
      return [...found, ...bodyErrors(described, headers, body)];
    },
    webhookErrors(name, message) {
      // biome-ignore lint/suspicious/noExplicitAny: a document that is valid
      const { post } = (document.json as any).webhooks[name];
      return check(post.requestBody.content['application/json'].schema, message, name);
    },
  };
}

function valuesOf(type: string, body: string): unknown[] {
  if (type.endsWith('json')) return [JSON.parse(body)];
  if (type !== 'text/event-stream') return [body];
  // OpenAI's streams end with a line that is not JSON.
  return [...body.matchAll(/^data: (?!\[DONE\]$)(.*)$/gm)].map(([, data = '']) => JSON.parse(data));
}

const rebased = (schema: object): object =>
  JSON.parse(JSON.stringify(schema), (key, value) =>
    key === '$ref' && typeof value === 'string' ? `openapi${value}` : value,
  );
