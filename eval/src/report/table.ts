import type { SelectionRow } from './selection.ts';
import type { Interval } from './statistics.ts';
import type { Row, Summary } from './summary.ts';

const percent = (rate: number) => `${Math.round(rate * 100)} %`;
const points = (rate: number) => `${rate > 0 ? '+' : ''}${Math.round(rate * 100)}`.replace('-', '−');
const range = ({ low, high }: Interval, show: (rate: number) => string) => `${show(low)} … ${show(high)}`;
const dollars = (cost: number | null) =>
  cost === null ? 'unknown' : `$${cost.toFixed(cost < 0.01 ? 5 : 3)}`;
const probability = (p: number) => (p < 0.001 ? '< 0.001' : p.toFixed(3));
/** Names of models come from settings. */
const cell = (text: string) => text.replaceAll('|', '\\|');

/** The results as Markdown. */
export function table(summary: Summary): string {
  const { header, rows, selection } = summary;
  return [
    `${noteOn(summary)}\n`,
    '| system | passed | pass rate (95 %) | difference to the pipeline with verification, points (95 %) | p | calls | cost | seconds |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map((row) => line(row, header.rates !== null)),
    ...(selection.length === 0 ? [] : ['', ...selectionTable(selection, header.rates !== null)]),
    '',
  ].join('\n');
}

/** What the figures are. The first word of a simulated result is “Simulated”. */
export function noteOn({ header, isComplete }: Summary): string {
  const rates = Object.entries(header.rates ?? {}).map(([name, rate]) => `${name} ${rate}`);
  const what =
    header.rates === null
      ? `Models: ${[...new Set(Object.values(header.models))].join(', ')}.`
      : `Simulated: no model was called. Rates: ${rates.join(', ')}.`;
  return `${what} Seed ${header.seed}.${isComplete ? '' : ' Incomplete: the budget ended the evaluation.'}`;
}

function line(row: Row, isSimulated: boolean): string {
  const { comparison } = row;
  const cells = [
    `${cell(row.title)}${isSimulated ? ' (simulated)' : ''}`,
    `${row.passed}/${row.tasks}${row.unsupported > 0 ? ` (${row.unsupported} unsupported)` : ''}`,
    `${percent(row.rate)} (${range(row.interval, percent)})`,
    comparison === null ? '' : `${points(comparison.difference)} (${range(comparison.interval, points)})`,
    comparison === null ? '' : probability(comparison.p),
    row.calls.toFixed(1),
    dollars(row.cost),
    row.seconds.toFixed(2),
  ];
  return `| ${cells.join(' | ')} |`;
}

function selectionTable(rows: readonly SelectionRow[], isSimulated: boolean): string[] {
  return [
    '| choice between a right and a wrong program | decisions | by running | right (95 %) | expected |',
    '|---|---|---|---|---|',
    ...rows.map(({ title, decisions, byRunning, right, interval, expected }) => {
      const name = `${cell(title)}${isSimulated ? ' (simulated)' : ''}`;
      const rate = `${percent(right / decisions)} (${range(interval, percent)})`;
      return `| ${name} | ${decisions} | ${byRunning} | ${rate} | ${expected === null ? '' : percent(expected)} |`;
    }),
  ];
}
