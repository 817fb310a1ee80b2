import { text } from 'node:stream/consumers';
import type { FinishedJob } from '@codegen/client';
import { loadDotEnv, onStopSignals, SettingsError, UsageError } from '@codegen/settings';
import { converse } from '../chat/conversation.ts';
import { createPrompt } from '../chat/prompt.ts';
import { readNpmSettings, settingWarnings } from '../config.ts';
import { namedFiles, OutputError, type OutputFile, saveFiles } from '../output-folder.ts';
import { RequestFileError, readRequestFiles } from '../request-files.ts';
import { connectService, type Service } from '../service.ts';
import { codeFor, createTerminal, oneLine, printable, toJson } from '../terminal.ts';
import { type Command, checkNpm, readArguments, SHORT_USAGE, USAGE } from './arguments.ts';
import { jobOptions } from './job-options.ts';
import { createProgressPrinter } from './progress-printer.ts';
import { cancellationOf, errorMessage, runJob } from './run-job.ts';

const terminal = createTerminal(process.stderr);

// When stdout closes early, as with `… | head`, or the terminal does, the command still stops what it started.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const interrupt = new AbortController();
onStopSignals(
  () => interrupt.abort(),
  () => process.exit(130),
);

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  if (interrupt.signal.aborted) return 130;
  terminal.printLine(printable(errorMessage(error)));
  // The options are right if only a file cannot be sent.
  if (error instanceof UsageError && !(error instanceof RequestFileError))
    process.stderr.write(`\n${SHORT_USAGE}`);
  return error instanceof SettingsError || error instanceof UsageError ? 2 : 1;
});
// Explicit, because the embedded Redis keeps the timers of blocking commands for 5 s after it was closed. The callback
// runs when everything is written, also if stdout was closed early.
process.stdout.write('', () => process.exit());

type Generate = Extract<Command, { kind: 'generate' }>;

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const command = readArguments(args);
  if (command.kind === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  checkNpm(command, readNpmSettings());
  const files = await readRequestFiles(command.files);
  const isChat = command.query === null && !command.fromStdin && process.stdin.isTTY && process.stdout.isTTY;
  const query = isChat ? '' : await readQuery(command);
  loadDotEnv();
  for (const warning of settingWarnings()) terminal.printLine(printable(warning));
  await using service = await connectService(command, terminal);
  try {
    const work = isChat ? chat(service, command, files) : generate(service, command, query, files);
    return await Promise.race([work, service.failed.then((error) => Promise.reject(error))]);
  } finally {
    terminal.setStatus('');
  }
}

/** @throws UsageError if the request is blank */
async function readQuery({ query, fromStdin }: Generate): Promise<string> {
  const isPiped = fromStdin || !process.stdin.isTTY;
  const request = query ?? (isPiped ? (await text(process.stdin)).trim() : '');
  if (request === '') throw new UsageError('The query is missing.');
  return request;
}

async function chat({ client }: Service, command: Generate, files: readonly OutputFile[]): Promise<number> {
  using prompt = createPrompt(process.stdin, process.stdout);
  const output = process.stdout;
  // On the stream of the prompt, so that lines do not mix.
  const conversation = { client, prompt, terminal: createTerminal(output), output };
  await converse({ ...conversation, options: jobOptions(command), files });
  return 0;
}

/** Prints or writes the code, or prints the question or the failure. @returns the exit code */
async function generate(
  { client, keyVariables }: Service,
  command: Generate,
  query: string,
  files: readonly OutputFile[],
): Promise<number> {
  const request = { ...jobOptions(command), query, ...(files.length > 0 && { files }) };
  const watcher = {
    onEvent: createProgressPrinter(terminal),
    onCancelled: (job: Parameters<typeof cancellationOf>[0]) => terminal.printLine(cancellationOf(job)),
  };
  const job = await runJob(client, request, watcher, interrupt.signal);
  if (job.simulated && job.result !== null)
    terminal.printLine('simulated: this is a canned answer, no model was called');
  if (command.json) process.stdout.write(`${toJson(job)}\n`);
  if (job.result === null) {
    terminal.printLine(printable(job.problem?.detail ?? `the job is ${job.status}`));
    if (job.problem?.code === 'key-rejected' && keyVariables.length > 0)
      terminal.printLine(`Check ${keyVariables.join(' and ')}.`);
    return 1;
  }
  if (job.result.feedback !== undefined) {
    terminal.printLine(`\n${printable(job.result.feedback)}`);
    return 3;
  }
  if (command.out !== null) return await save(command.out, job, command.force, files);
  if (!command.json) process.stdout.write(`${codeFor(process.stdout, job.result.code)}\n`);
  return 0;
}

/** Writes the files of the answer. If it cannot, it prints the code, which was paid for. @returns the exit code */
async function save(
  folder: string,
  job: FinishedJob,
  force: boolean,
  sent: readonly OutputFile[],
): Promise<number> {
  const known = new Map(sent.map(({ name, content }) => [name, content]));
  try {
    const written = await saveFiles(folder, namedFiles(job.files), { force, known });
    for (const name of written) terminal.printLine(`wrote ${oneLine(name)}`);
    if (written.length === 0) terminal.printLine('unchanged');
    return 0;
  } catch (error) {
    terminal.printLine(`Nothing was written into ${oneLine(folder)}:\n${printable(errorMessage(error))}`);
    if (error instanceof OutputError)
      process.stdout.write(`${codeFor(process.stdout, job.result?.code ?? '')}\n`);
    return 1;
  }
}
