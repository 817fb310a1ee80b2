import { codeIn } from '../code/segments.ts';
import type { JobView } from '../state/job-view.ts';
import { namedFiles, type ShownFile } from './files.ts';

/** Stages that write code, the best first. */
const WRITERS = [
  'polish',
  'enhance.interpreted',
  'enhance.direct',
  'generate.interpreted',
  'generate.direct',
  'edit',
  'answer',
];

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
