import { type Results, spreadOf } from '../results.ts';
import { COLUMNS, number } from './tables.ts';

const WIDTH = 900;
const LABEL = 340;
const VALUE = 90;
const BAR = 16;
const STEP = 24;
const HEAD = 34;

const CHARTED = [
  { figure: 'overheadMs', title: 'O: milliseconds beyond the models’ own time (less is better)' },
  { figure: 'runsPerSecond', title: 'T: runs per second (more is better)' },
  { figure: 'cpuMsPerRun', title: 'CPU: milliseconds per run, the store included (less is better)' },
  { figure: 'overIdeal', title: 'C: makespan of a crowd over the ideal (less is better)' },
] as const;

interface Bar {
  readonly title: string;
  readonly isOwn: boolean;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The peers' figures as horizontal bars, with a line from the minimum to the maximum of the rounds. */
export function chart(results: Results): string {
  let y = 0;
  const parts: string[] = [];
  for (const { figure, title } of CHARTED) {
    const bars = barsOf(results, figure);
    if (bars.length === 0) continue;
    parts.push(panel(title, bars, y));
    y += HEAD + bars.length * STEP + 10;
  }
  const style = [
    'svg { background: #fff }',
    'text { font: 13px sans-serif; fill: #24292f }',
    '.title { font-weight: bold }',
    '.bar { fill: #8b98a9 }',
    '.own { fill: #0b6e4f }',
    '.spread { stroke: #24292f; stroke-width: 1.5 }',
  ].join(' ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">`,
    `<title>This service and its peers</title><style>${style}</style>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function barsOf({ rows, peers }: Results, figure: string): Bar[] {
  const measure = COLUMNS.find((column) => column.figure === figure)?.measure ?? '';
  return peers.flatMap(({ name, title }) => {
    const spread = spreadOf(rows, measure, name, figure);
    return spread === null ? [] : [{ title, isOwn: name === 'ours', ...spread }];
  });
}

function panel(title: string, bars: readonly Bar[], top: number): string {
  const max = Math.max(...bars.map((bar) => bar.max));
  const length = (value: number) => Math.max(1, (value / max) * (WIDTH - LABEL - VALUE));
  const lines = bars.map((bar, index) => {
    const y = top + HEAD + index * STEP;
    const middle = y + BAR / 2;
    const end = LABEL + length(bar.max);
    return [
      `<text x="${LABEL - 8}" y="${middle + 4}" text-anchor="end">${escaped(bar.title)}</text>`,
      `<rect class="${bar.isOwn ? 'own' : 'bar'}" x="${LABEL}" y="${y}" width="${length(bar.median).toFixed(1)}" height="${BAR}"/>`,
      `<line class="spread" x1="${(LABEL + length(bar.min)).toFixed(1)}" x2="${end.toFixed(1)}" y1="${middle}" y2="${middle}"/>`,
      `<text x="${(end + 6).toFixed(1)}" y="${middle + 4}">${number(bar.median)}</text>`,
    ].join('');
  });
  return [`<text class="title" x="8" y="${top + 22}">${escaped(title)}</text>`, ...lines].join('\n');
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
