import type { Case, Language } from '@codegen/sandbox';

/** A request with hidden tests. A program passes if it passes all of them. */
export interface Task {
  /** Unique among the tasks of an evaluation, such as `python/run-length`. */
  readonly id: string;
  readonly language: Language;
  /** What the models are asked. */
  readonly request: string;
  /** The hidden tests. At least one. */
  readonly cases: readonly Case[];
  /** A program that passes. Null if the source of the task has none. */
  readonly reference: string | null;
}

/** A file of tasks cannot be used. The message says why and what to do. */
export class TaskFileError extends Error {
  override readonly name = 'TaskFileError';
}
