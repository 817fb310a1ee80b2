import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createApiMetrics } from '@codegen/api/metrics';
import { createWorkerMetrics } from '@codegen/worker/metrics';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const FOLDER = join(import.meta.dirname, '../../deploy/observability');
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
}

/** A panel of Grafana's dashboard JSON. */
interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly refId: string; readonly datasource: unknown }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
}

const rules = parse(read('alerts.yml')).groups.flatMap(({ rules }: { rules: Rule[] }) => rules) as Rule[];

/** Names of the metrics in an expression of Prometheus. */
const metricsIn = (expression: string) => expression.match(/\b(?:codegen|nodejs|process)_[a-z0-9_]+/g) ?? [];

/** Names of all metrics that API and worker serve. */
async function servedMetrics(): Promise<ReadonlySet<string>> {
  const api = createApiMetrics();
  api.watch({ state: () => Promise.reject(new Error('no Redis')) });
  const texts = [await api.metrics.render(), await createWorkerMetrics().metrics.render()];
  const names = texts.flatMap(({ text }) => [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)]);
  return new Set(
    names.flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
    ),
  );
}

describe('alerts and dashboard', () => {
  it('query only metrics that the API or a worker serves', async () => {
    const served = await servedMetrics();
    const { panels } = JSON.parse(read('grafana/dashboards/codegen.json'));
    const expressions = panels.flatMap(({ targets = [] }: { targets?: { expr: string }[] }) =>
      targets.map(({ expr }) => expr),
    );
    const used = [...rules.map(({ expr }) => expr), ...expressions].flatMap(metricsIn);
    expect(used.length).toBeGreaterThan(40);
    expect([...new Set(used)].filter((name) => !served.has(name))).toEqual([]);
  });

  it('use known types of panels and units, side by side, with the data source that is provisioned', () => {
    const [{ type, uid }] = parse(read('grafana/provisioning/datasources/prometheus.yml')).datasources;
    const { panels } = JSON.parse(read('grafana/dashboards/codegen.json')) as { panels: Panel[] };
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { title, type: kind, gridPos, targets = [], fieldConfig } of panels) {
      expect(['row', 'stat', 'timeseries'], title).toContain(kind);
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (const { datasource } of targets) expect(datasource, title).toEqual({ type, uid });
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
      if (kind !== 'row')
        expect(['short', 's', 'currencyUSD', 'bytes', 'percentunit'], title).toContain(
          fieldConfig?.defaults.unit,
        );
    }
  });

  it('have a section in the runbook for each alert', () => {
    const runbook = readFileSync(join(FOLDER, '../../docs/operations.md'), 'utf8');
    const sections = [...runbook.matchAll(/^### (Codegen\w+)$/gm)].map(([, name]) => name);
    expect(sections).toEqual(rules.map(({ alert }) => alert));
  });

  const promtool = spawnSync('promtool', ['--version']).error === undefined;
  const skipped = promtool ? '' : ' (skipped: install promtool, Debian package prometheus)';
  it.skipIf(!promtool)(`pass the tests of promtool${skipped}`, () => {
    const run = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: FOLDER, encoding: 'utf8' });
      expect({ status, output: stdout + stderr }).toMatchObject({ status: 0 });
    };
    run('check', 'config', 'prometheus.yml');
    run('test', 'rules', 'alerts.test.yml');
  });

  it('test each alert with promtool', () => {
    const tested = [...read('alerts.test.yml').matchAll(/alertname: (\w+)\n\s+exp_alerts/g)].map(
      ([, name]) => name,
    );
    expect(new Set(tested)).toEqual(new Set(rules.map(({ alert }) => alert)));
  });
});
