import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

/** Every Markdown file of the repository, relative to its root. */
export const documents: readonly string[] = globSync('**/*.md', {
  cwd: ROOT,
  exclude: ['**/node_modules', '**/.*'],
}).sort();

/** Relative links in a Markdown text without a target: a missing file, or a heading that the file does not have. */
export function deadLinks(path: string, text: string): string[] {
  return linksOf(text).filter((link) => {
    const [file = '', anchor] = link.split('#', 2);
    const target = file === '' ? path : normalize(join(dirname(path), decodeURI(file)));
    if (file !== '' && !existsSync(join(ROOT, target))) return true;
    if (anchor === undefined) return false;
    const isFile = file === '' || statSync(join(ROOT, target)).isFile();
    return !isFile || !anchorsOf(file === '' ? text : readFileSync(join(ROOT, target), 'utf8')).has(anchor);
  });
}

/** Targets of inline links and images, without those of other sites, of code blocks and of code spans. */
function linksOf(text: string): string[] {
  const prose = withoutCodeBlocks(text).replace(/`[^`\n]*`/g, '');
  const targets = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z][a-z+.-]*:/i.test(target));
}

/** The anchors that GitHub gives to headings; a repeated heading gets `-1`, `-2` and so on. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutCodeBlocks(text).matchAll(/^#{1,6} (.+?) *#*$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

const withoutCodeBlocks = (text: string): string => text.replace(/^ *(```+|~~~+)[\s\S]*?^ *\1 *$/gm, '');
