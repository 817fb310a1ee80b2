import { type Code, type CodeFile, hasEnded, type Run, type StageRecord } from '@codegen/pipeline';

/** Code as it is kept: a file that is the whole text has no content of its own. */
type KeptCode = Omit<Code, 'files'> & {
  readonly files: readonly (Omit<CodeFile, 'content'> & Partial<Pick<CodeFile, 'content'>>)[];
};

/** A record as it is kept: code that is another stage's is that stage's name. */
type KeptRecord = Omit<StageRecord, 'output'> & {
  readonly output: { readonly kind: string; readonly code?: KeptCode; readonly codeOf?: string } | null;
};

/** A record as it is kept. Texts that it holds twice, or another record of the run holds, are not kept twice. */
export function keepRecord(record: StageRecord, stages: Run['stages'] = {}): string {
  const { output } = record;
  if (output?.kind !== 'code') return JSON.stringify(record);
  const { code, ...rest } = output;
  const source = sourceOf(record.stage, code, stages);
  const kept = source === undefined ? { code: withoutCopies(code) } : { codeOf: source };
  return JSON.stringify({ ...record, output: { ...rest, ...kept } } satisfies KeptRecord);
}

/** The records of a run out of what is kept of each stage, in the same order. */
export function readRecords(kept: readonly (readonly [stage: string, json: string])[]): Run['stages'] {
  const records = new Map(kept.map(([stage, json]) => [stage, JSON.parse(json) as KeptRecord]));
  const codes = new Map<string, Code>();
  for (const [stage, { output }] of records) if (output?.code) codes.set(stage, withCopies(output.code));
  const codeOf = (stage: string): Code | undefined => {
    const source = records.get(stage)?.output?.codeOf;
    return source === undefined ? codes.get(stage) : codeOf(source);
  };
  return Object.fromEntries(
    [...records].map(([stage, record]) => {
      if (record.output?.kind !== 'code') return [stage, record as StageRecord];
      const { codeOf: _, ...output } = record.output;
      const code = codeOf(stage);
      return [stage, { ...record, output: code ? { ...output, code } : null } as StageRecord];
    }),
  );
}

/**
 * The stage a code was handed on by: it comes before the one that has it now, or two could refer to each other. It has
 * the very same code and not an equal one, which somebody else could have brought.
 */
function sourceOf(stage: string, code: Code, stages: Run['stages']): string | undefined {
  const all = Object.values(stages);
  const here = all.findIndex((record) => record.stage === stage);
  const before = here < 0 ? all : all.slice(0, here);
  return before.find((record) => hasEnded(record) && codeIn(record) === code)?.stage;
}

const codeIn = ({ output }: StageRecord) => (output?.kind === 'code' ? output.code : null);

const withoutCopies = (code: Code): KeptCode => ({
  ...code,
  files: code.files.map(({ content, ...file }) => (content === code.text ? file : { ...file, content })),
});

const withCopies = (code: KeptCode): Code => ({
  ...code,
  files: code.files.map((file) => ({ ...file, content: file.content ?? code.text })),
});
