import { expect, test } from 'vitest';
import { extractCode } from '../../src/code/extract.ts';

test.each([
  ['a Python expression', 's[::-1]'],
  ['a Python call', 'print("hi")'],
  ['a Python lambda', 'lambda x: x * 2'],
  ['a comprehension', '[x for x in xs if x > 0]'],
  ['a sum', 'a + b'],
  [
    'Python',
    'import os\nfrom os import path\n\n\ndef f(a):\n    # adds one\n    return a + 1\n\n\nprint(f(1))',
  ],
  [
    'Python with a docstring',
    '"""\nThis module says hello.\n\nIt does nothing else.\n"""\nimport sys\nsys.exit(0)',
  ],
  ['Python statements', 'total = 0\nfor item in items:\n    total += item'],
  ['JavaScript', 'const f = (a) => {\n  return a ?? 0;\n};\n\nmodule.exports = { f };'],
  ['a JavaScript arrow', '(a, b) => a + b'],
  ['an ES module', "import a from 'a';\nexport default function f() {\n  return a;\n}"],
  ['TypeScript', 'export interface Point {\n  x: number;\n}\n\ntype Id = string | number;'],
  [
    'Java',
    'public class Main {\n    public static void main(String[] args) {\n        System.out.println("hi");\n    }\n}',
  ],
  ['C', '#include <stdio.h>\n\nint main(void) {\n  return 0;\n}'],
  ['C++', 'std::vector<int> v;\nfor (auto x : v) std::cout << x << std::endl;'],
  ['Go', 'package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println("hi")\n}'],
  ['Rust', 'fn main() {\n    let mut v: Vec<i32> = Vec::new();\n    println!("{:?}", v);\n}'],
  ['Ruby', 'def hello(name)\n  puts "hi #{name}"\nend\n\nhello "you"'],
  ['PHP', '<?php\n$a = 1;\necho $a;'],
  ['Haskell', 'fact :: Integer -> Integer\nfact n = product [1..n]'],
  ['Lisp', '(defun square (x)\n  (* x x))'],
  ['R', 'x <- c(1, 2, 3)\nmean(x)'],
  ['a one-line query', 'SELECT * FROM users;'],
  ['a lower-case query', 'select id, name from users where age > 3;'],
  ['SQL', 'SELECT name\nFROM users\nWHERE age > 18\nORDER BY name'],
  ['a pipe', 'ls -la | grep foo'],
  ['a command', 'git status'],
  ['a find', "find . -name '*.py' -delete"],
  ['a shell script', '#!/bin/bash\nset -e\nfor f in *.txt; do\n  echo "$f"\ndone'],
  ['CSS', '.card > p {\n  color: red;\n}'],
  ['CSS on a line', 'body { margin: 0; }'],
  [
    'HTML',
    '<!DOCTYPE html>\n<html>\n<head><title>Shop</title></head>\n<body>\n<p>This is my shop.</p>\n</body>\n</html>',
  ],
  ['an element', '<button class="x">Go</button>'],
  ['YAML', 'name: demo\ndescription: a simple tool for things\nservices:\n  web:\n    image: nginx'],
  ['a YAML list', '- name: a\n  run: npm test\n- name: b'],
  ['JSON', '{\n  "name": "demo",\n  "tags": ["a", "b"]\n}'],
  ['a JSON array', '[1, 2, 3]'],
  ['TOML', '[package]\nname = "demo"\nversion = "1"'],
  ['a Dockerfile', 'FROM node:24\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD ["node", "."]'],
  ['a regular expression', '^\\d{3}-\\d{4}$'],
  ['LaTeX', '\\documentclass{article}\n\\begin{document}\n\\end{document}'],
  ['indented code', '    def f(self):\n        return 1'],
  ['a string with a sentence', 'print("I am sorry, this is long. Are you well?")'],
])('takes %s for code', (_, code) => {
  expect(extractCode(code)).toMatchObject({ text: code, files: [{ content: code }] });
  expect(extractCode(`\r\n${code.replaceAll('\n', '\r\n')}\r\n`)?.text).toBe(code);
});

test.each([
  "I'm sorry, I can't help with that.",
  'I’m sorry, but I cannot assist with that request',
  'Sorry!',
  'As an AI language model, I cannot run code.',
  'Unfortunately, that is not possible (yet).',
  'Error: rate limit exceeded',
  'error: rate limit exceeded\nretry_after: 10',
  "Error code: 429 - {'error': {'message': 'Rate limited', 'code': 429}}",
  'openai.RateLimitError: Error code: 429 - {"a": 1}',
  '{"error": {"message": "Rate limit exceeded", "code": 429}}',
  '429 Too Many Requests',
  'HTTP/1.1 503 Service Unavailable',
  'Internal Server Error',
  'upstream connect error or disconnect/reset before headers',
  'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n    f()\nValueError: no',
  'TypeError: x is not a function\n    at Object.<anonymous> (/app/a.js:1:2)',
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1></body>\r\n</html>',
  '<!DOCTYPE html><html lang="en"><head><title>Just a moment...</title></head><body></body></html>',
  '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
  'You can reverse a string with `s[::-1]` in Python.',
  'Use `print("hi")`.',
  'Use foo().',
  'Could you tell me which language you want? Python, Go or Rust?',
  'Which of these do you mean:\n\n1. Sort the list in place\n2. Return a new list (sorted)\n\nLet me know!',
  'First, call parse() on the input; then loop over the result and print it.',
  '# Plan\n\nThe function takes a list. It returns the largest item.\n\n- Handle the empty list\n- Handle ties',
  'Note: this needs Python 3.\nWarning: it is slow.',
  'The value of x = 5 is what we want.',
  'npm is a package manager for JavaScript.',
  'Certainly',
  'OK',
  '42',
  'model_not_available',
  '对不起，我无法帮助您完成这个请求。',
  'Извините, я не могу помочь с этим.',
  'Lo siento, no puedo ayudarte con eso.',
  'Es tut mir leid, dabei kann ich nicht helfen.',
  '',
  ' \n\t\n ',
])('takes %j for prose', (text) => {
  expect(extractCode(text)).toBeNull();
});

const FUNCTION = 'def f(a):\n    return a + 1';

test.each([
  ['a line before', `Here is the function:\n\n${FUNCTION}`],
  ['a line right before', `Here is the function:\n${FUNCTION}`],
  ['a word before', `Sure!\n\n${FUNCTION}`],
  ['an apology before', `Sorry for the confusion! Here is the corrected version.\n\n${FUNCTION}`],
  ['a line after', `${FUNCTION}\n\nThis function adds one to its argument.`],
  ['a list after', `${FUNCTION}\n\n**Explanation:**\n\n- It takes a number\n- It adds one to it`],
  ['both', `Certainly! Here you are:\n\n${FUNCTION}\n\nIt adds one.\nLet me know if you need more.`],
])('drops the prose around code: %s', (_, text) => {
  expect(extractCode(text)?.text).toBe(FUNCTION);
});

test('keeps the comments around code', () => {
  const code = '# Adds one to a number, see below.\n\ndef f(a):\n    return a + 1\n\n# The end of it all.';
  expect(extractCode(`Here it is:\n\n${code}\n\nThat is all there is.`)?.text).toBe(code);
});

test('drops the prose around YAML', () => {
  const yaml = 'version: 2\njobs:\n  build:\n    steps: []';
  expect(
    extractCode(`Here is the configuration you need:\n\n${yaml}\n\nSave it in your project.`)?.text,
  ).toBe(yaml);
});

test('finds no code in an essay that quotes a line of it', () => {
  const essay = Array.from({ length: 8 }, (_, i) => `This is the sentence number ${i} of the essay.`).join(
    '\n',
  );
  expect(extractCode(`${essay}\n\nfoo.bar()\n\n${essay}`)).toBeNull();
});

test('takes the inside of a single code span', () => {
  expect(extractCode('`s[::-1]`')?.text).toBe('s[::-1]');
  expect(extractCode('`yes`')).toBeNull();
});

test('names unfenced code by its first comment', () => {
  const code = '# src/app.py\nimport os\nprint(os.name)';
  expect(extractCode(code)).toEqual({
    text: code,
    language: 'python',
    files: [{ name: 'src/app.py', language: 'python', content: code, inText: true }],
  });
});
