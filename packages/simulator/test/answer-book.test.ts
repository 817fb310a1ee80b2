import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stripTypeScriptTypes } from 'node:module';
import { createInterface } from 'node:readline';
import { format } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { AnswerBook, readTopic } from '../src/code/answer-book.ts';
import { languages } from '../src/code/language.ts';
import { mark } from '../src/code/program.ts';

const book = AnswerBook.read();

/** Runs a script. @returns its stdout */
function run(script: string): string {
  const lines: string[] = [];
  const console = { log: (...values: unknown[]) => lines.push(format(...values)) };
  runInNewContext(script, { console });
  return lines.join('\n');
}

it('rejects a page without a title', () => {
  expect(() => readTopic('```python\n1\n```')).toThrow('title');
});

it('has a stub that says so in every language', () => {
  expect([...book.unknown.direct.keys()].sort()).toEqual(languages.map(({ tag }) => tag).sort());
  for (const code of book.unknown.direct.values()) expect(code).toContain(mark.slice(0, -1));
});

it.each([
  ['Reverse the words of a text', 'Reverse a string'],
  ['is this number prime?', 'Prime check'],
  ['a REST API for a todo list with rate limiting', 'REST API for a todo list'],
  ['a rate limiter for a REST API', 'Rate limiter'],
  ['Count the words of a file', 'Count words'],
  ['a web page about cats', 'HTML page'],
  ['a styled button', 'CSS button'],
  ['a SQL query for the best customers', 'SQL query'],
  ['knit a jumper', undefined],
])('finds the topic of %s: %s', (request, title) => {
  expect(book.find(request)?.title).toBe(title);
});

const scripts = book.topics.flatMap(({ title, prints, direct, interpreted }) =>
  (['javascript', 'typescript'] as const).flatMap((tag) =>
    [direct.get(tag), interpreted.get(tag)].flatMap((code) =>
      code !== undefined && prints !== undefined ? [{ title, tag, code, prints }] : [],
    ),
  ),
);

describe('code of the answer book', () => {
  it('has more than 20 runnable programs', () => expect(scripts.length).toBeGreaterThan(20));

  it.each(scripts)('runs: $title in $tag', ({ tag, code, prints }) => {
    expect(run(tag === 'typescript' ? stripTypeScriptTypes(code) : code)).toBe(prints);
  });

  it('runs: the REST API in javascript', async () => {
    const code = book.find('todo list')?.direct.get('javascript') ?? '';
    const env = { ...process.env, PORT: '0', API_TOKEN: 'token' };
    const server = spawn(process.execPath, ['--input-type=module', '--eval', code], { env });
    try {
      const [line] = (await once(createInterface(server.stdout), 'line')) as [string];
      const call = (method: string, path: string, body: string | null = null, token = 'token') =>
        fetch(`http://127.0.0.1:${line.replace('port ', '')}${path}`, {
          method,
          body,
          headers: { authorization: `Bearer ${token}` },
        });
      expect((await call('GET', '/todos', null, 'wrong')).status).toBe(401);
      expect((await call('POST', '/todos', 'null')).status).toBe(400);
      expect((await call('GET', '/todos/1')).status).toBe(404);
      expect((await call('POST', '/todos', '{"title":"knit"}')).status).toBe(201);
      expect(await (await call('PATCH', '/todos/1')).json()).toEqual({ id: 1, title: 'knit', done: true });
      expect((await call('DELETE', '/todos/1')).status).toBe(204);
      expect(await (await call('GET', '/todos')).json()).toEqual([]);
    } finally {
      server.kill();
    }
  });
});
