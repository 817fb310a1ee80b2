import { graph, type StageRecord } from '@codegen/pipeline';
import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { peerSettings } from '../../config.ts';
import { openEmployer } from '../employer.ts';
import { serve } from '../serve.ts';
import { type Asked, perform, type Records, routeOf } from '../step.ts';
import { finish } from '../waves.ts';

const { modelUrl, postgresUrl } = peerSettings();
const runtime = openEmployer(modelUrl);

const State = Annotation.Root({
  asked: Annotation<Asked>(),
  records: Annotation<Records, Record<string, StageRecord>>({
    reducer: (known, more) => ({ ...known, ...more }),
    default: () => ({}),
  }),
});

/** A name for LangGraph, which wants no dots in them. */
const nodeOf = (stage: string) => stage.replace('.', '_');

const route = graph.stagesOf('complex');
const builder = new StateGraph(State) as StateGraph<
  typeof State.spec,
  typeof State.State,
  typeof State.Update,
  string
>;
for (const { stage } of [graph.entry, ...route]) {
  builder.addNode(nodeOf(stage.name), async ({ asked, records }: typeof State.State) => ({
    records: { [stage.name]: await perform(stage.name, asked, records, runtime) },
  }));
}
const first = nodeOf(graph.entry.stage.name);
builder.addEdge(START, first);
const begin = route.filter(({ inputs }) => inputs.length === 0).map(({ stage }) => nodeOf(stage.name));
builder.addConditionalEdges(
  first,
  ({ records }: typeof State.State) => {
    const classified = records[graph.entry.stage.name];
    return classified && routeOf(classified) === 'complex' ? begin : END;
  },
  [...begin, END],
);
for (const { stage, inputs } of route.filter(({ inputs }) => inputs.length > 0)) {
  builder.addEdge(
    inputs.map((input) => nodeOf(input.stage.name)),
    nodeOf(stage.name),
  );
}
builder.addEdge(nodeOf('polish'), END);

const checkpointer = PostgresSaver.fromConnString(postgresUrl);
await checkpointer.setup();
const app = builder.compile({ checkpointer });

await serve(async (asked) => {
  const state = await app.invoke({ asked }, { configurable: { thread_id: asked.id } });
  return finish(state.records as Records);
});
