import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { createStageLog } from '../src/stage-log.ts';
import { entry } from './stage-log-entries.ts';

/** A process whose files cannot grow long: an entry is torn, room is made, another entry is written. */
const dir = process.argv[2]!;
const reports: unknown[] = [];
const report = (error: NodeJS.ErrnoException) => reports.push(error.code);
const log = createStageLog({ dir, maxBytes: 0, report });
await log.append(entry({ text: 'a'.repeat(10_000) }));
await truncate(join(dir, 'classifier_responses.txt'), 200);
await log.append(entry({ text: 'b' }));
process.stdout.write(JSON.stringify(reports));
