import { buildCode, graph, type Input, type Node } from '@codegen/pipeline';

/** Every stage there is. */
export const NODES: readonly Node[] = graph.nodes;

/** What a stage is given by those before it, if each handed on the same text. */
export const inputsOf = ({ inputs }: Node, text: string): Input[] =>
  inputs.map(({ stage: { name, output } }) => ({
    stage: name,
    output:
      output === 'specification'
        ? { kind: 'specification', text }
        : { kind: 'code', code: buildCode([{ name: null, language: null, content: text, inText: true }]) },
  }));
