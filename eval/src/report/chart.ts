import { VERIFIED } from '../systems/systems.ts';
import type { Row, Summary } from './summary.ts';

const WIDTH = 900;
const LEFT = 400;
const RIGHT = 60;
const STEP = 26;
const HEAD = 50;
const FOOT = 30;

const x = (rate: number) => LEFT + rate * (WIDTH - LEFT - RIGHT);

/** Names of models come from settings. */
const xml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Pass rates with their intervals, as SVG. */
export function chart({ header, rows }: Summary): string {
  const height = HEAD + rows.length * STEP + FOOT;
  const simulated = header.rates === null ? '' : ' (simulated)';
  const style = [
    'svg { background: #fff }',
    'text { font: 13px sans-serif; fill: #24292f }',
    '.title { font-weight: bold }',
    '.grid { stroke: #d0d7de }',
    '.interval { stroke: #57606a; stroke-width: 2 }',
    '.point { fill: #57606a }',
    '.own { fill: #0b6e4f }',
  ].join(' ');
  const ticks = [0, 0.25, 0.5, 0.75, 1].flatMap((rate) => [
    `<line class="grid" x1="${x(rate)}" x2="${x(rate)}" y1="${HEAD - 10}" y2="${height - FOOT}"/>`,
    `<text x="${x(rate)}" y="${height - 10}" text-anchor="middle">${rate * 100} %</text>`,
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>Pass rates${simulated}</title><style>${style}</style>`,
    `<text class="title" x="10" y="24">Tasks passed, with 95 % intervals${simulated}</text>`,
    ...ticks,
    ...rows.map(rowOf),
    '</svg>\n',
  ].join('\n');
}

function rowOf({ system, title, rate, interval }: Row, index: number): string {
  const y = HEAD + index * STEP + STEP / 2;
  return [
    `<text x="10" y="${y + 4}">${xml(title)}</text>`,
    `<line class="interval" x1="${x(interval.low).toFixed(1)}" x2="${x(interval.high).toFixed(1)}" y1="${y}" y2="${y}"/>`,
    `<circle class="point${system === VERIFIED ? ' own' : ''}" cx="${x(rate).toFixed(1)}" cy="${y}" r="5"/>`,
  ].join('\n');
}
