import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Node, SourceFile } from 'typescript/unstable/ast';
import { isInterfaceDeclaration, isTypeAliasDeclaration } from 'typescript/unstable/ast/is';
import { API, type Project } from 'typescript/unstable/sync';

/** `NoTruncation | InTypeAlias | UseSingleQuotesForStringLiteralType` of TypeScript's `NodeBuilderFlags`. */
const WHOLE_TYPE = 1 | 8_388_608 | 268_435_456;

/** The file that maps runs to jobs. Its types are of the server. */
const JOB_MAPPER = 'to-job.ts';

/**
 * The types of `packages/contract` as one declaration file that imports nothing. Each type that derives from a zod schema
 * is written out, so that the client's package needs no zod.
 */
export function contractTypes(root: string): string {
  const api = new API({ cwd: root });
  const snapshot = api.updateSnapshot({ openProjects: [join(root, 'tsconfig.json')] });
  try {
    const [project] = snapshot.getProjects();
    if (project === undefined) throw new Error(`${root} has no tsconfig.json`);
    const folder = join(root, 'packages/contract/src');
    const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && name !== JOB_MAPPER);
    const types = files.toSorted().flatMap((name) => typesIn(project, join(folder, name)));
    return `${types.join('\n')}\nexport {};\n`;
  } finally {
    snapshot.dispose();
    api.close();
  }
}

function typesIn({ program, checker }: Project, path: string): string[] {
  const file = program.getSourceFile(path);
  if (file === undefined) throw new Error(`${path} is not in tsconfig.json`);
  return file.statements
    .filter((statement) => isTypeAliasDeclaration(statement) || isInterfaceDeclaration(statement))
    .map((statement) => {
      let text = '';
      let end = statement.getFullStart();
      for (const node of typesOfValues(statement, file)) {
        const type = checker.getTypeAtLocation(node);
        if (type === undefined) throw new Error(`${path}: ${node.getText(file)} has no type`);
        text += file.text.slice(end, node.getStart(file)) + checker.typeToString(type, node, WHOLE_TYPE);
        end = node.getEnd();
      }
      return (text + file.text.slice(end, statement.getEnd())).trim();
    });
}

/** The outermost types that derive from a schema or another value. */
function typesOfValues(node: Node, file: SourceFile): Node[] {
  if (/^(?:z\.|keyof typeof |\(typeof )/.test(node.getText(file))) return [node];
  const found: Node[] = [];
  node.forEachChild((child) => void found.push(...typesOfValues(child, file)));
  return found;
}
