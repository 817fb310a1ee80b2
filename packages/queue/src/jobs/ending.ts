import { codeResponse, type Graph, hasEnded, type Run, type Settled } from '@codegen/pipeline';

/** An ending whose texts are all on record: the code is that of one stage, the steps are those of the others. */
type Short = Pick<Extract<Settled, { status: 'completed' }>, 'status' | 'route' | 'degraded'> & {
  readonly codeOf: string;
};

/** The ending of a run as it is kept. Texts that its stages' records hold are not kept twice. */
export function keepEnding(graph: Graph, stages: Run['stages'], settled: Settled): string {
  return JSON.stringify(shorten(graph, stages, settled) ?? settled);
}

function shorten(graph: Graph, stages: Run['stages'], settled: Settled): Short | undefined {
  if (settled.status !== 'completed' || !('steps' in settled.response)) return undefined;
  const { status, route, degraded, response } = settled;
  const records = graph.stagesOf(route).map(({ stage }) => stages[stage.name]);
  // One that has not ended may yet: the steps would change after the end.
  if (!records.every(hasEnded)) return undefined;
  const source = records.findLast(
    ({ output }) => output?.kind === 'code' && output.code.text === response.code,
  );
  return source && { status, route, degraded, codeOf: source.stage };
}

/** The ending of a run out of what is kept. */
export function readEnding(graph: Graph, stages: Run['stages'], json: string): Settled {
  const kept: Settled | Short = JSON.parse(json);
  if (!('codeOf' in kept)) return kept;
  const { codeOf, ...ending } = kept;
  const output = stages[codeOf]?.output;
  const { text, language, files } =
    output?.kind === 'code' ? output.code : { text: '', language: null, files: [] };
  return { ...ending, response: codeResponse(graph, ending.route, stages, text), language, files };
}
