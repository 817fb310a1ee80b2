import { CLASSIFIED_ROUTES, type Graph, ROUTES, type Route } from '@codegen/pipeline';

const FIELDS: Readonly<Record<string, string>> = { question: 'feedback', text: 'text' };

/** All stages with their roles, steps and log files. */
export function stageTable(graph: Graph): string {
  const steps = new Map(
    ROUTES.flatMap((route) => graph.stepsOf(route).map(({ stage, step }) => [stage.name, step])),
  );
  const results = new Map(
    ROUTES.map((route) => graph.routes[route].stage).map(({ name, output }) => [
      name,
      FIELDS[output] ?? 'code',
    ]),
  );
  const fieldOf = (stage: string) =>
    [results.get(stage), steps.get(stage)]
      .filter((name) => name !== undefined)
      .map((name) => `\`${name}\``)
      .join(', ') || '–';
  return [
    '| stage | role | in the response | log file |',
    '|---|---|---|---|',
    ...graph.nodes.map(
      ({ stage: { name, role, log } }) => `| ${name} | ${role} | ${fieldOf(name)} | \`${log}\` |`,
    ),
  ].join('\n');
}

/** What the failure of each stage means. Stages with the same consequence share a row. */
export function failureTable(graph: Graph): string {
  const byConsequence = Map.groupBy(graph.nodes, ({ stage }) => stage.consequence);
  const rows = [...byConsequence].map(
    ([consequence, nodes]) => `| ${nodes.map(({ stage }) => stage.name).join(', ')} | ${consequence} |`,
  );
  const byFallback = Map.groupBy(ROUTES, (route) => graph.fallbacks[route]);
  const fallbacks = [...byFallback].flatMap(([fallback, routes]) =>
    fallback === undefined
      ? []
      : [
          `| the ${routes.join(', the ').replace(/, (?!.*, )/, ' or ')} route | the ${fallback} route was taken |`,
        ],
  );
  const fatal = '| the simple route, or the key or the credit | the job failed with a typed problem |';
  return ['| failed for good | consequence |', '|---|---|', ...rows, ...fallbacks, fatal].join('\n');
}

/** The body of the response to `GET /generate`, by route. */
export function responseTable(graph: Graph): string {
  const bodyOf = (route: Route) => {
    if (graph.routes[route].stage.output === 'question')
      return '{"code": "", "feedback": "…", "ambiguous": true}';
    const steps = graph.stepsOf(route).map(({ step }) => `"${step}": "…"`);
    return `{"code": "…", "steps": {${steps.join(', ')}}}`;
  };
  return [
    '| request | response |',
    '|---|---|',
    ...CLASSIFIED_ROUTES.map((route) => `| ${route} | \`${bodyOf(route)}\` |`),
  ].join('\n');
}
