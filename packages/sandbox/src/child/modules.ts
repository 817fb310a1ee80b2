import amaro from 'amaro';
import type { SourceFile } from '../program.ts';

export interface Module {
  readonly path: string;
  readonly isCommonJs: boolean;
  /** JavaScript. An ES module, or the body of a function `(require, module, exports, __own)`. */
  readonly code: string;
}

const TYPESCRIPT = /\.[cm]?tsx?$/;
const SCRIPT = /\.[cm]?[jt]sx?$/;
const ES_MODULE = /^\s*(?:import\s*[\w{*'"]|export\s)|\bimport\.meta\b/m;
/** A statement in the first column that waits, which only an ES module may do. */
const TOP_LEVEL_AWAIT = /^(?:await|(?:const|let|var)\s[^=\n]+=\s*await|for\s+await)\b/m;
const DEFINITION =
  /^(?:export\s+(?:default\s+)?)?(?:async\s+)?(?:function\s*\*?|class|const|let|var)\s+([A-Za-z_$][\w$]*)/gm;

/**
 * The scripts among the files of a program, without types. `program` of TypeScript may have files without extension.
 * @throws SyntaxError
 */
export function modulesOf(files: readonly SourceFile[], entry: string, isTypeScript: boolean): Module[] {
  return files
    .filter(({ name }) => SCRIPT.test(name) || name === entry)
    .map(({ name, content }) => {
      const code = TYPESCRIPT.test(name) || isTypeScript ? withoutTypes(content) : content;
      const isCommonJs = !ES_MODULE.test(code) && !TOP_LEVEL_AWAIT.test(code);
      return { path: name, isCommonJs, code: name === entry ? withNames(code, isCommonJs) : code };
    });
}

function withoutTypes(code: string): string {
  try {
    return amaro.transformSync(code, { mode: 'transform' }).code;
  } catch (error) {
    throw new SyntaxError(String((error as Error).message ?? error).slice(0, 300));
  }
}

/** The code with access to everything that it defines at its top level, exported or not. */
function withNames(code: string, isCommonJs: boolean): string {
  const names = [...new Set([...code.matchAll(DEFINITION)].map((match) => match[1]))];
  const getters = `{ ${names.map((name) => `${name}: () => ${name}`).join(', ')} }`;
  // On the first line, so that line numbers in errors stay.
  return isCommonJs ? `__own(${getters}); ${code}` : `export const __own = ${getters}; ${code}`;
}
