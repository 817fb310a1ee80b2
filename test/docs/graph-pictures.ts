import { CLASSIFIED_ROUTES, type Graph, type Node, type Route } from '@codegen/pipeline';

/** Lines of text. The first line begins with the first stage; line `exit` ends with the last stage. */
interface Block {
  readonly lines: readonly string[];
  readonly exit: number;
}

/** The routes of a graph from left to right, one line per branch. */
export function routesPicture(graph: Graph): string {
  const blocks = CLASSIFIED_ROUTES.map((route) => ({ route, block: drawRoute(graph, route) }));
  const label = Math.max(...CLASSIFIED_ROUTES.map((route) => route.length));
  const routes = blocks.map(({ route, block }): Block => {
    const [first = '', ...rest] = block.lines;
    const head = `${route} ${'─'.repeat(label - route.length)}`;
    const isFork = first.startsWith('┬');
    const indent = ' '.repeat(label + (isFork ? 2 : 3));
    return {
      lines: [`${head}${isFork ? '─' : '─ '}${first}`, ...rest.map((line) => indent + line)],
      exit: block.exit,
    };
  });
  const lines = fork(routes);
  const indent = ' '.repeat(graph.entry.stage.name.length + 1);
  return lines.map((line, at) => (at === 0 ? `${graph.entry.stage.name} ${line}` : indent + line)).join('\n');
}

function drawRoute(graph: Graph, route: Route): Block {
  const root = graph.routes[route];
  const block = draw(root);
  const result = root.stage.output === 'question' ? 'question' : 'code';
  return {
    ...block,
    lines: block.lines.map((line, at) => (at === block.exit ? `${line} ─► ${result}` : line)),
  };
}

function draw({ stage, inputs }: Node): Block {
  const [only] = inputs;
  if (only === undefined) return { lines: [stage.name], exit: 0 };
  const { lines, exit } = inputs.length === 1 ? draw(only) : merge(inputs.map(draw));
  const arm = inputs.length === 1 ? ' ─ ' : '─ ';
  return { lines: lines.map((line, at) => (at === exit ? line + arm + stage.name : line)), exit };
}

/** Lines of parallel blocks, with the fork on their left. */
const fork = (blocks: readonly Block[]): string[] =>
  blocks.flatMap(({ lines }, index) => {
    const isLast = index === blocks.length - 1;
    const first = index === 0 ? '┬ ' : isLast ? '└ ' : '├ ';
    return lines.map((line, at) => (at === 0 ? first : isLast ? '  ' : '│ ') + line);
  });

/** Parallel blocks, with the fork on their left and their exits merged on their right. */
function merge(blocks: readonly Block[]): Block {
  const offsets = blocks.map((_, index) =>
    blocks.slice(0, index).reduce((sum, { lines }) => sum + lines.length, 0),
  );
  const exits = blocks.map(({ exit }, index) => (offsets[index] ?? 0) + exit);
  const [firstExit = 0, lastExit = 0] = [exits.at(0), exits.at(-1)];
  const forked = fork(blocks);
  const width = Math.max(...forked.map((line) => line.length));
  const lines = forked.map((line, at) => {
    if (exits.includes(at)) {
      const corner = at === firstExit ? '┐' : at === lastExit ? '┴' : '┤';
      return `${line} ${'─'.repeat(width - line.length + 1)}${corner}`;
    }
    return at > firstExit && at < lastExit ? `${line}${' '.repeat(width - line.length + 2)}│` : line;
  });
  return { lines, exit: lastExit };
}

/** The BullMQ jobs of a complex run as a tree. A job starts when its children have finished. */
export function flowPicture(graph: Graph): string {
  const { entry, routes } = graph;
  const notes = new Map([
    [entry.stage.name, 'added together with generate by the API'],
    [routes.complex.stage.name, `added by the worker of ${entry.stage.name} if the request is complex`],
    ...graph.nodes
      .filter(({ stage }) => stage.isNeeded !== undefined)
      .map(({ stage }): [string, string] => [stage.name, 'only if the conversation has grown long']),
    ...graph.nodes
      .filter(({ inputs }) => inputs.length > 1)
      .map(({ stage }): [string, string] => [stage.name, 'waits for both branches']),
  ]);
  const rows: (readonly [tree: string, note: string])[] = [
    ['generate', 'root job; its id is that of the run; runs last'],
  ];
  const visit = (node: Node, indent: string, isLast: boolean) => {
    const { name } = node.stage;
    rows.push([`${indent}${isLast ? '└─ ' : '├─ '}${name}`, notes.get(name) ?? '']);
    for (const [index, input] of node.inputs.entries())
      visit(input, `${indent}${isLast ? '   ' : '│  '}`, index === node.inputs.length - 1);
  };
  visit(entry, '', false);
  visit(routes.complex, '', true);
  const width = Math.max(...rows.map(([tree]) => tree.length));
  return rows.map(([tree, note]) => `${tree.padEnd(width + 3)}${note}`.trimEnd()).join('\n');
}
