import type { Case, Language, Program } from '../../src/index.ts';

/** A program with a function per body, and a last one that shows that the program still runs. */
export function programOf(
  language: Language,
  bodies: readonly string[],
  port: number,
): { program: Program; cases: Case[] } {
  const all = [...bodies, `return 'alive'`].map((body) => body.replaceAll('PORT', String(port)).trim());
  const content =
    language === 'python'
      ? all.map((body, i) => `def attack${i}():\n  ${body.replaceAll('\n', '\n  ')}\n`).join('\n')
      : all.map((body, i) => `async function attack${i}() { ${body} }`).join('\n');
  const cases = all.map((_, i): Case => {
    return { kind: 'call', function: `attack${i}`, args: [], expected: { value: 'alive' } };
  });
  const name = language === 'python' ? 'program.py' : 'program.js';
  return { program: { language, files: [{ name, content }] }, cases };
}
