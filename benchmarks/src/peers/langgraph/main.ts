import { graph, type StageRecord } from '@codegen/pipeline';
import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { peerSettings } from '../../config.ts';
import { createRuntime, finish, perform, type Records, type RunRequest, routeOf } from '../pipeline-steps.ts';
import { serve } from '../server.ts';

const { modelUrl, postgresUrl } = peerSettings();
const runtime = createRuntime(modelUrl);

const State = Annotation.Root({
  runRequest: Annotation<RunRequest>(),
  records: Annotation<Records, Record<string, StageRecord>>({
    reducer: (known, more) => ({ ...known, ...more }),
    default: () => ({}),
  }),
});

/** LangGraph does not allow dots in node names. */
const nodeOf = (stage: string) => stage.replace('.', '_');

const route = graph.stagesOf('complex');
const builder = new StateGraph(State) as StateGraph<
  typeof State.spec,
  typeof State.State,
  typeof State.Update,
  string
>;
for (const { stage } of [graph.entry, ...route]) {
  builder.addNode(nodeOf(stage.name), async ({ runRequest, records }: typeof State.State) => ({
    records: { [stage.name]: await perform(stage.name, runRequest, records, runtime) },
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

await serve(async (runRequest) => {
  const state = await app.invoke({ runRequest }, { configurable: { thread_id: runRequest.id } });
  return finish(state.records as Records);
});
