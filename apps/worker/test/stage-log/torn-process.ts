import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { entry } from '@codegen/testing/runs/stage-log';
import { createStageLog } from '../../src/stage-log/log.ts';

/** Runs under a file-size limit: tears an entry, truncates the file, then writes another entry. */
const dir = process.argv[2]!;
const reports: unknown[] = [];
const report = (error: NodeJS.ErrnoException) => reports.push(error.code);
const log = createStageLog({ dir, maxBytes: 0, report });
await log.append(entry({ text: 'a'.repeat(10_000) }));
await truncate(join(dir, 'classifier_responses.txt'), 200);
await log.append(entry({ text: 'b' }));
process.stdout.write(JSON.stringify(reports));
