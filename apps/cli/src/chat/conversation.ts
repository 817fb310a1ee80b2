import { type Client, CodegenError, type FinishedJob, type Job, type JobRequest } from '@codegen/client';
import { createProgressPrinter } from '../generate/progress-printer.ts';
import { cancellationOf, errorMessage, runJob } from '../generate/run-job.ts';
import { namedFiles, type OutputFile, saveFiles } from '../output-folder.ts';
import { oneLine, printable, type Terminal } from '../terminal.ts';
import { diffView, filesView, jobView } from './job-view.ts';
import type { Prompt } from './prompt.ts';

const HELP = `Write what code you want, and then what to change. A line that ends with \\ continues on the next one.

  /save DIR [--force]  write the files into DIR
  /code                show the code
  /diff                show what the last request changed
  /accept              stop the running job and take the best code that it has
  /cost                show what this conversation cost
  /new                 begin a new conversation
  /help                show this text
  /exit                leave; Ctrl-D does, too

Ctrl-C cancels the running job.`;

export interface ConversationDeps {
  readonly client: Client;
  readonly prompt: Prompt;
  readonly terminal: Terminal;
  readonly output: NodeJS.WriteStream;
  /** Limits of every job. */
  readonly options: Omit<JobRequest, 'query' | 'messages' | 'files' | 'previousJobId'>;
  /** Context of the first request. */
  readonly files: readonly OutputFile[];
}

interface State {
  /** The job that the next request continues. */
  previous: FinishedJob | null;
  /** The last job with code. */
  latest: FinishedJob | null;
  /** The id of the running job. */
  running: string | null;
}

/** Holds a conversation until the user leaves it. */
export async function converse({ client, prompt, terminal, output, options, files }: ConversationDeps) {
  const print = (text: string) => terminal.printLine(text);
  const known = new Map(files.map(({ name, content }) => [name, content]));
  const jobs = new Map<string, Job>();
  const state: State = { previous: null, latest: null, running: null };

  print('Write what code you want. /help lists the commands.');
  for (;;) {
    const isAnswer = state.previous?.result?.feedback !== undefined;
    const entry = await prompt.read(isAnswer ? 'answer> ' : '> ');
    if (entry === null || /^\/(?:exit|quit)\s*$/.test(entry)) return;
    if (entry.trim() === '') continue;
    try {
      if (entry.startsWith('/')) await command(entry);
      else await request(entry.trim());
    } catch (error) {
      print(printable(errorMessage(error)));
    }
  }

  async function request(query: string) {
    const interrupt = new AbortController();
    const onInterrupt = () => interrupt.abort();
    const onEntry = (entry: string) =>
      void duringJob(entry).catch((error) => print(printable(errorMessage(error))));
    const context = state.previous === null ? { files } : { previousJobId: state.previous.id };
    const watcher = {
      onStart: (id: string) => {
        state.running = id;
      },
      onEvent: createProgressPrinter(terminal),
      onCancelled: (job: Job) => {
        jobs.set(job.id, job);
        print(cancellationOf(job));
      },
    };
    try {
      const work = () => runJob(client, { ...options, query, ...context }, watcher, interrupt.signal);
      const job = await prompt.during({ onEntry, onInterrupt }, work);
      jobs.set(job.id, job);
      if (job.result !== null) state.previous = job;
      if (job.files.length > 0) state.latest = job;
      print(`\n${jobView(job, output)}\n`);
    } catch (error) {
      if (!interrupt.signal.aborted) throw error;
    } finally {
      state.running = null;
      terminal.setStatus('');
    }
  }

  /** Input while a job runs. The job's own events report what it leads to. */
  async function duringJob(entry: string) {
    if (entry.trim() === '/accept' && state.running !== null) await accept(state.running);
    else if (entry.trim() !== '')
      print('A job is running: /accept takes its best code so far, Ctrl-C cancels it.');
  }

  async function accept(id: string) {
    try {
      await client.accept(id);
    } catch (error) {
      const isEarly = error instanceof CodegenError && error.problem?.type === '/problems/nothing-to-accept';
      if (!isEarly) throw error;
      print('The job has no code yet. Try /accept again when a stage has written some.');
    }
  }

  async function command(entry: string) {
    const [name = '', ...words] = entry.trim().split(/\s+/);
    switch (name) {
      case '/help':
        return print(HELP);
      case '/save':
        return await save(words);
      case '/code':
        return print(state.latest === null ? 'There is no code yet.' : filesView(state.latest, output));
      case '/diff':
        return print(lastDiff());
      case '/accept':
        return print('No job is running.');
      case '/cost':
        return print(costOf([...jobs.values()]));
      case '/new':
        state.previous = state.latest = null;
        return print('A new conversation.');
      default:
        return print(
          `There is no command ${oneLine(name)}. /help lists them. A space before the slash makes it a request.`,
        );
    }
  }

  function lastDiff(): string {
    if (state.latest === null) return 'There is no code yet.';
    const diff = state.previous?.diff ?? [];
    return diff.length === 0 ? 'The last request changed no earlier code.' : diffView(diff, output);
  }

  async function save(words: readonly string[]) {
    const force = words.includes('--force');
    const folder = words.filter((word) => word !== '--force').join(' ');
    if (state.latest === null) return print('There is no code yet.');
    if (folder === '') return print('Name a folder: /save DIR');
    const current = namedFiles(state.latest.files);
    const written = await saveFiles(folder, current, { force, known });
    for (const { name, content } of current) known.set(name, content);
    print(
      written.length === 0 ? 'Unchanged.' : `Wrote ${written.map(oneLine).join(', ')} in ${oneLine(folder)}.`,
    );
  }
}

/** The sum of the known costs of jobs. */
function costOf(jobs: readonly Job[]): string {
  const known = jobs.flatMap(({ cost }) => (cost === null ? [] : [cost]));
  const simulated = jobs.some((job) => job.simulated) ? 'simulated ' : '';
  const count = `${jobs.length} job${jobs.length === 1 ? '' : 's'}`;
  const unknown = known.length < jobs.length ? `, without ${jobs.length - known.length} of unknown cost` : '';
  return `${simulated}$${known.reduce((sum, cost) => sum + cost, 0).toFixed(6)} for ${count}${unknown}`;
}
