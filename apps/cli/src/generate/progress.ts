import type { JobEvent } from '@codegen/client';
import { oneLine } from '../terminal.ts';

/** Shows how much each stage has written so far, in one line that changes. */
export function trackProgress(show: (line: string) => void): (event: JobEvent) => void {
  const written = new Map<string, number>();
  return (event) => {
    if (event.type === 'stage.delta') {
      written.set(event.stage, (written.get(event.stage) ?? 0) + event.text.length);
    } else if ('stage' in event) written.delete(event.stage);
    else return;
    const parts = [...written].map(([stage, count]) => `${stage} ${count.toLocaleString('en')}`);
    show(parts.length === 0 ? '' : oneLine(`  characters: ${parts.join(', ')}`));
  };
}
