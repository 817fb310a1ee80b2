import { type Results, spreadOf } from '../results.ts';
import { number, table } from './markdown.ts';

const SERVICE = 'ours';

/** What the service is measured by: its own figure over a peer's. */
const RATIOS = [
  { head: 'O over', measure: 'O', figure: 'overheadMs' },
  { head: 'T over', measure: 'T', figure: 'runsPerSecond' },
  { head: 'CPU over', measure: 'T', figure: 'cpuMsPerRun' },
  { head: 'C over', measure: 'C', figure: 'overIdeal' },
] as const;

/** This service's medians divided by those of each peer, in the same run; null without both. */
export function ratioTable({ rows, peers }: Results): string | null {
  const columns = RATIOS.filter(({ measure }) => rows.some((row) => row.measure === measure));
  const lines = peers
    .filter(({ name }) => name !== SERVICE)
    .map(({ name, title }) => [
      title,
      ...columns.map(({ measure, figure }) => {
        const [own, other] = [SERVICE, name].map((peer) => spreadOf(rows, measure, peer, figure)?.median);
        return own === undefined || other === undefined ? '–' : `${number(own / other)} ×`;
      }),
    ])
    .filter(([, ...cells]) => cells.some((cell) => cell !== '–'));
  if (lines.length === 0) return null;
  return table(['this service, over', ...columns.map(({ head }) => head.replace(' over', ''))], lines);
}
