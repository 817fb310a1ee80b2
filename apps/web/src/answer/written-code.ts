import { codeIn } from '../code/segments.ts';
import { COMPLEX_STAGES } from '../graph/columns.ts';
import type { JobView } from '../state/job-view.ts';
import { STAGE_NAMES, STAGES } from '../state/stages.ts';
import { namedFiles, type ShownFile } from './files.ts';

/** Stages that write code, the best first. */
const WRITERS = [...COMPLEX_STAGES.toReversed(), ...STAGE_NAMES].filter(
  (name) => STAGES[name]?.makes !== undefined || STAGES[name]?.step === 'code',
);

interface Written {
  readonly stage: string;
  readonly file: ShownFile;
}

/** The best code that a job without a result has written; null if no stage completed any. */
export function writtenCode({ stages }: JobView, texts: Readonly<Record<string, string>>): Written | null {
  for (const stage of WRITERS) {
    if (stages.get(stage)?.state !== 'done') continue;
    const found = codeIn(texts[stage] ?? '');
    const [file] = found ? namedFiles([{ name: null, language: found.language, content: found.code }]) : [];
    if (file) return { stage, file };
  }
  return null;
}
