import { expect, test } from 'vitest';
import { archiveOf, safePath } from '../src/answer/archive.ts';

test.each([
  ['app/[slug]/page.tsx', 'app/[slug]/page.tsx'],
  ['routes/$id.tsx', 'routes/$id.tsx'],
  ['\u092B\u093C\u093E\u0907\u0932.py', '\u092B\u093C\u093E\u0907\u0932.py'],
  ['../a\\..\\b|c?.py', 'a/b_c_.py'],
  ['..', 'file'],
])('the path of %j in an archive is %j', (name, path) => {
  expect(safePath(name)).toBe(path);
});

test('files whose names a file system may take for the same have different paths', () => {
  const names = ['README.md', 'readme.md', '\u00E9.py', 'e\u0301.py'];
  const files = names.map((name) => ({ name, content: name, language: null }));
  expect(Object.keys(archiveOf(files))).toEqual(['README.md', 'readme-2.md', '\u00E9.py', 'e\u0301-2.py']);
});
