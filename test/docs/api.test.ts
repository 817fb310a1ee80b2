import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiDocument } from '@codegen/api/openapi';
import { parseDocument, resolve } from '@codegen/testing/openapi/document';
import { describe, expect, it } from 'vitest';

const pages = ['api.md', 'chat-clients.md'].map((name) =>
  readFileSync(join(import.meta.dirname, '..', '..', 'docs', name), 'utf8'),
);
/** Without the settings of other programs. */
const described = pages.map((page) => page.split('\n## Recipes\n')[0]);
const prose = described.join('\n').replace(/^```[\s\S]*?^```/gm, '');
const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);

const { json, operations } = parseDocument(JSON.parse(JSON.stringify(openApiDocument())));

/** Names of inputs: parameters of the query and of headers, and members of bodies. */
const inputs = operations.flatMap(({ parameters = [], requestBody }) => {
  const body = resolve(json, requestBody?.content['application/json']?.schema);
  const names = parameters.filter((one) => one.in !== 'path').map(({ name }) => name);
  return [...names, ...Object.keys(body?.properties ?? {})];
});

/** Every name and every value that the document defines. */
function vocabulary(value: unknown, under = ''): string[] {
  if (typeof value !== 'object' || value === null)
    return ['enum', 'const', 'name', 'type'].includes(under) ? [String(value)] : [];
  const isList = Array.isArray(value);
  const names = /^(?:properties|headers|responses)$/.test(under) ? Object.keys(value) : [];
  return [
    ...names,
    ...Object.entries(value).flatMap(([key, inner]) => vocabulary(inner, isList ? under : key)),
  ];
}

/** Not named in the document: the header of a key, the event without a `type` in its data, a host name. */
const OTHER_WORDS = ['Authorization', 'priority', 'snapshot', 'localhost'];

describe('docs/api.md with docs/chat-clients.md and the OpenAPI document', () => {
  it('name the same operations', () => {
    const named = spans.flatMap((span) => {
      const [, method = '', path = ''] = /^(GET|POST|PUT|PATCH|DELETE) (\/[^?]*)/.exec(span) ?? [];
      return method === '' ? [] : [`${method.toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}')}`];
    });
    const paths = operations.map(({ method, path }) => `${method} ${path}`);
    expect([...new Set(named)].sort()).toEqual(paths.sort());
  });

  it.each([...new Set(inputs)])('both name the input %s', (name) => {
    expect(spans.filter((span) => span.split(/[?=:]/).includes(name))).not.toEqual([]);
  });

  it('use the same words', () => {
    const known = new Set([...vocabulary(json), ...OTHER_WORDS]);
    const words = spans.flatMap((span) => {
      // A name, alone or with its value; names of settings do not match.
      const [, name = ''] = /^\??([a-z][\w.<>]*|[A-Z][a-z]*(?:-\w+)*|\d{3})(?:=.*|: .*)?$/.exec(span) ?? [];
      return name === '' ? [] : [name];
    });
    expect(words.length).toBeGreaterThan(40);
    expect(words.filter((word) => !known.has(word))).toEqual([]);
  });
});
