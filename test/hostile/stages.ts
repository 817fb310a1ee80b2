import { buildCode, graph, type Input, type Node } from '@codegen/pipeline';

/** All stages of the graph. */
export const NODES: readonly Node[] = graph.nodes;

/** The inputs of a stage if all of them have the same text. */
export const inputsOf = ({ inputs }: Node, text: string): Input[] =>
  inputs.map(({ stage: { name, output } }) => ({
    stage: name,
    output:
      output === 'specification'
        ? { kind: 'specification', text }
        : { kind: 'code', code: buildCode([{ name: null, language: null, content: text, inText: true }]) },
  }));
