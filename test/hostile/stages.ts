import { buildCode, graph, type Input, type Node, ROUTES } from '@codegen/pipeline';

/** Every stage there is. */
export const NODES: readonly Node[] = [
  ...new Set([graph.entry, ...ROUTES.flatMap((route) => graph.stagesOf(route))]),
];

/** What a stage is given by those before it, if each handed on the same text. */
export const inputsOf = ({ inputs }: Node, text: string): Input[] =>
  inputs.map(({ stage: { name } }) => ({
    stage: name,
    output:
      name === 'interpret'
        ? { kind: 'specification', text }
        : { kind: 'code', code: buildCode([{ name: null, language: null, content: text, inText: true }]) },
  }));
