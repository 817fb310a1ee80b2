import { createInterface } from 'node:readline';

/** What happens to input while a job runs. */
export interface InputHandlers {
  onEntry(text: string): void;
  onInterrupt(): void;
}

/** Reads a conversation from a terminal, line by line, with editing and history. */
export interface Prompt extends Disposable {
  /** The next entry; null at the end of the input, or after Ctrl-C on an empty line. */
  read(prompt: string): Promise<string | null>;
  /** Passes input to the handlers while `work` runs. The end of the input counts as an interrupt. */
  during<T>(handlers: InputHandlers, work: () => Promise<T>): Promise<T>;
}

/** Lines that arrive within this time of each other were pasted, and are one entry. In ms. */
const PASTE_MS = 30;
const HISTORY = 1_000;

export function createPrompt(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Prompt {
  const terminal = createInterface({ input, output, terminal: true, historySize: HISTORY });
  let lines: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  let handlers: InputHandlers | null = null;
  let answer: ((entry: string | null) => void) | null = null;

  const finish = (entry: string | null) => {
    const resolve = answer;
    answer = null;
    resolve?.(entry);
  };
  const flush = () => {
    const entry = lines.join('\n');
    lines = [];
    if (handlers === null) finish(entry);
    else handlers.onEntry(entry);
  };
  terminal.on('line', (line) => {
    clearTimeout(timer);
    const continues = line.endsWith('\\');
    lines.push(continues ? line.slice(0, -1) : line);
    if (!continues) timer = setTimeout(flush, PASTE_MS);
    else if (handlers === null) ask('… ');
  });
  terminal.on('SIGINT', () => {
    const isEmpty = terminal.line === '' && lines.length === 0;
    lines = [];
    if (handlers !== null) return handlers.onInterrupt();
    if (isEmpty) return terminal.close();
    // Discards what was typed.
    output.write('^C\n');
    terminal.write(null, { ctrl: true, name: 'e' });
    terminal.write(null, { ctrl: true, name: 'u' });
  });
  terminal.on('close', () => {
    isClosed = true;
    clearTimeout(timer);
    handlers?.onInterrupt();
    finish(null);
  });

  const ask = (text: string) => {
    terminal.setPrompt(text);
    terminal.prompt();
  };
  return {
    read(text) {
      if (isClosed) return Promise.resolve(null);
      ask(text);
      return new Promise((resolve) => {
        answer = resolve;
      });
    },
    async during(given, work) {
      handlers = given;
      try {
        return await work();
      } finally {
        handlers = null;
      }
    },
    [Symbol.dispose]: () => terminal.close(),
  };
}
