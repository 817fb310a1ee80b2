import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { graph } from '@codegen/pipeline';
import { allFrames } from '@codegen/testing/api/event-frames';
import { parseStageLog } from '@codegen/worker';
import { expect, test } from 'vitest';
import { COMPLEX, generatePath, startService } from './service.ts';

test('the event stream sends the text of every stage while it is written, complete and in order', async () => {
  await using service = await startService({ workers: 2, simulator: { tokensPerSecond: 2_000 } });
  const accepted = await service.get(generatePath(COMPLEX), { Prefer: 'respond-async' });
  const frames = await allFrames(`${service.url}${accepted.headers.get('Location')}/events`);
  expect(frames.map(({ id }) => id)).toEqual(frames.map((_, index) => index + 1));

  const pieces: number[] = [];
  for (const { stage } of graph.stagesOf('complex')) {
    const deltas = frames.filter(({ type, data }) => type === 'stage.delta' && data.stage === stage.name);
    pieces.push(deltas.length);
    const text = deltas.map(({ data }) => data.text).join('');
    const entries = parseStageLog(await readFile(join(service.logDir, stage.log)));
    expect(entries.map((entry) => entry.text)).toContain(text);
    const [started, ended] = ['stage.started', 'stage.completed'].map(
      (type) => frames.find((frame) => frame.type === type && frame.data.stage === stage.name)?.id ?? 0,
    );
    for (const { id } of deltas)
      expect([started ?? 0, id, ended ?? 0]).toEqual(
        [started, id, ended].toSorted((a, b) => Number(a) - Number(b)),
      );
  }
  // Long answers come in more than one piece. A busy machine may collect one of them in a single piece.
  expect(Math.max(...pieces)).toBeGreaterThan(1);
});
