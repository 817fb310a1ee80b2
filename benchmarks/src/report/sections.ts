import type { Results } from '../results.ts';
import { figureTable, sizeTable } from './figures.ts';
import { peerTable } from './peers.ts';
import { ratioTable } from './ratios.ts';

/** The parts of docs/performance.md that come from the results, by the name of their marks; none that was not measured. */
export function sectionsOf(results: Results): Readonly<Record<string, string>> {
  const has = (measure: string) => results.rows.some((row) => row.measure === measure);
  const compared = ['O', 'T', 'C'].some(has);
  const ratios = ratioTable(results);
  return {
    machine: machineLine(results),
    ...(compared && { peers: peerTable(results) }),
    ...(ratios && { ratios }),
    ...(has('M') && { memory: figureTable(results, 'M') }),
    ...(has('S') && { workers: figureTable(results, 'S') }),
    ...(has('F') && { first: figureTable(results, 'F') }),
    ...(has('B') && { redis: figureTable(results, 'B') }),
    ...(has('K') && { takeover: figureTable(results, 'K') }),
    ...(has('W') && { routes: figureTable(results, 'W') }),
    ...(has('G') && {
      waiting: sizeTable(results, 'G', 'ours', (size) => !size.endsWith('KB')),
      text: sizeTable(results, 'G', 'ours', (size) => size.endsWith('KB')),
    }),
  };
}

function machineLine({ machine, startedAt, rounds, scale }: Results): string {
  const { cores, cpu, memoryGiB, node, redis, postgres, load } = machine;
  const quick = scale === 'quick' ? ' A quick look, not a measurement.' : '';
  return `${startedAt.slice(0, 10)}, ${cores} cores (${cpu}), ${memoryGiB} GiB, Node ${node}, Redis ${redis}, PostgreSQL ${postgres}; ${rounds} rounds; load average ${load} before.${quick}`;
}
