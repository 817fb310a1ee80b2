import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { checkForm, evalplusSchema, fromEvalplus } from './evalplus.ts';
import { fromLiveCodeBench, liveCodeBenchSchema } from './livecodebench.ts';
import { type Task, TaskFileError } from './task.ts';

export interface LoadedTasks {
  readonly tasks: readonly Task[];
  /** Ids of tasks without a usable test. */
  readonly leftOut: readonly string[];
}

/**
 * Loads HumanEval+, MBPP+ or LiveCodeBench from a JSONL file. The first line shows which it is.
 * @param accepts says which tasks are wanted, by id
 * @throws TaskFileError
 */
export async function loadTasks(
  path: string,
  accepts: (id: string) => boolean = () => true,
  limit = Number.POSITIVE_INFINITY,
): Promise<LoadedTasks> {
  const tasks: Task[] = [];
  const leftOut: string[] = [];
  let number = 0;
  try {
    for await (const line of createInterface({
      input: createReadStream(path),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      number += 1;
      if (tasks.length >= limit) break;
      if (line.trim() === '') continue;
      const row: unknown = JSON.parse(line);
      checkForm(row);
      const { id, read } = readerOf(row);
      if (!accepts(id)) continue;
      const task = await read();
      if (task === null || task.cases.length === 0) leftOut.push(id);
      else tasks.push(task);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TaskFileError(`${path}, line ${number}: ${why}`, { cause: error });
  }
  if (tasks.length === 0) throw new TaskFileError(`${path} has no task that can be used`);
  return { tasks, leftOut };
}

function readerOf(row: unknown): { id: string; read: () => Promise<Task | null> } {
  const evalplus = evalplusSchema.safeParse(row);
  if (evalplus.success) return { id: evalplus.data.task_id, read: () => fromEvalplus(evalplus.data) };
  const live = liveCodeBenchSchema.safeParse(row);
  if (live.success) return { id: live.data.question_id, read: async () => fromLiveCodeBench(live.data) };
  throw new TaskFileError('neither a task of HumanEval+, MBPP+ (EvalPlus releases) nor of LiveCodeBench');
}
