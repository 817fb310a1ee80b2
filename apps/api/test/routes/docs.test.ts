import { expectProblem, type Service, startService } from '@codegen/testing/api/service';
import { afterAll, beforeAll, expect, test } from 'vitest';

let service: Service;
beforeAll(async () => {
  service = await startService({ worker: false });
});
afterAll(() => service[Symbol.asyncDispose]());

test('the page loads only files that the service has', async () => {
  const { status, headers, body } = await service.get('/docs');
  expect(status).toBe(200);
  expect(headers.get('Content-Type')).toBe('text/html; charset=utf-8');
  const targets = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, target = '']) => target);
  const paths = targets.filter((target) => target !== 'data:,');
  expect(paths).toHaveLength(4);
  for (const path of paths) {
    expect(path).toMatch(/^\/[\w./-]+$/);
    expect((await service.get(path)).status, path).toBe(200);
  }
});

test('the script loads the document and contacts no other host', async () => {
  const { headers, body } = await service.get('/docs/start.js');
  expect(headers.get('Content-Type')).toBe('text/javascript; charset=utf-8');
  expect(body).toContain("url: new URL('../openapi.json', document.currentScript.src).href");
  expect(body).toContain('validatorUrl: null');
  expect(body).not.toMatch(/https?:/);
});

test('the page’s policy allows no other host and no inline script', async () => {
  const { headers } = await service.get('/docs');
  const policy = new Map(
    headers
      .get('Content-Security-Policy')
      ?.split('; ')
      .map((directive) => {
        const [name = '', ...sources] = directive.split(' ');
        return [name, sources.join(' ')] as const;
      }),
  );
  expect(policy.get('default-src')).toBe("'none'");
  expect(policy.get('script-src')).toBe("'self'");
  for (const sources of policy.values()) expect(sources).toMatch(/^(?:'none'|'self'(?: data:)?)$/);
});

test('no other response has the page’s policy', async () => {
  const paths = ['/', '/openapi.json', '/docs/start.js', '/nothing'];
  const replies = await Promise.all(paths.map((path) => service.get(path)));
  const policies = new Set(replies.map(({ headers }) => headers.get('Content-Security-Policy')));
  expect([...policies]).toEqual([expect.stringContaining("default-src 'self'")]);
});

test.each(['package.json', '..%2fpackage.json', 'page.html', 'constructor'])(
  'returns 404 for other files: %s',
  async (file) => {
    expectProblem(await service.get(`/docs/${file}`), 'unknown-path', 404);
  },
);

test('no optional parameter is filled in beforehand: it would be sent with every request of the page', async () => {
  const { json } = await service.get('/openapi.json');
  const operations = Object.values(json.paths as Record<string, Record<string, Operation>>).flatMap((path) =>
    Object.values(path),
  );
  const optional = operations.flatMap(({ parameters = [] }) =>
    parameters.filter(({ required }) => !required),
  );
  expect(optional.length).toBeGreaterThan(20);
  const filled = optional.filter(({ example, examples, schema = {} }) =>
    [example, examples, schema.example, schema.examples, schema.default].some((value) => value !== undefined),
  );
  expect(filled.map(({ name }) => name)).toEqual([]);
});

interface Operation {
  readonly parameters?: readonly {
    readonly name: string;
    readonly required?: boolean;
    readonly example?: unknown;
    readonly examples?: unknown;
    readonly schema?: Readonly<Record<string, unknown>>;
  }[];
}
