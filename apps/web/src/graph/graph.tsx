import type { Route } from '@codegen/contract';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { isFolded } from '../state/appearance.ts';
import type { JobView } from '../state/job-view.ts';
import { features } from '../state/service.ts';
import { hasEnded, letterOf, ROUTE_STAGES, STAGE_NAMES, shortName } from '../state/stages.ts';
import { IconButton } from '../ui/controls.tsx';
import { Glyph, PENCIL } from '../ui/icons.tsx';
import { rerunFrom } from '../why/rerun.ts';
import { openStage } from '../why/why.tsx';
import { Card } from './card.tsx';
import { isFlat, isSlim, type Layout, layoutOf } from './layout.ts';
import { useTween } from './tween.ts';
import { lookOf } from './wire-look.ts';
import { wiringOf } from './wires.ts';
import type { Badge, WireLabel } from './wiring.ts';

const names = (...classes: readonly (string | false | null | undefined)[]) =>
  classes.filter(Boolean).join(' ');

interface GraphProps {
  readonly view: JobView | null;
  /** The route to point out while there is no job. */
  readonly preview?: Route | null;
}

/** The stages of all routes, as the README draws them. */
export function Graph({ view, preview = null }: GraphProps) {
  const root = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const isHidden = view !== null && isFolded.value;
  useLayoutEffect(() => {
    const element = root.current;
    if (element === null) return;
    const measure = () => {
      if (element.clientWidth > 0) setWidth(element.clientWidth);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <section class={names('board', isHidden && 'folded')} id="board" aria-label="Pipeline">
      {view !== null && <FoldedGraph view={view} />}
      <div class="graph" ref={root}>
        {width > 0 && <Board view={view} preview={preview} width={width} />}
      </div>
    </section>
  );
}

function FoldedGraph({ view }: { view: JobView }) {
  return (
    <p class="fold-line">
      {[...view.stages.values()]
        .toSorted((a, b) => STAGE_NAMES.indexOf(a.name) - STAGE_NAMES.indexOf(b.name))
        .map(({ name, state }) => (
          <span key={name}>
            <Glyph state={state} />
            {shortName(name)} {letterOf(name) === 'final' ? '' : letterOf(name)}
          </span>
        ))}
    </p>
  );
}

function Board({ view, preview, width }: { view: JobView | null; preview: Route | null; width: number }) {
  const open = view?.job.route ?? null;
  const isStarted = view !== null;
  const isVerified = open === 'complex' ? view?.stages.has('verify') === true : features.value.testCases;
  const hasSummary = view?.stages.has('summarize') === true;
  const target = useMemo(
    () => layoutOf(width, { open, isStarted, isVerified, hasSummary }),
    [width, open, isStarted, isVerified, hasSummary],
  );
  const layout = useTween(target);
  return (
    <>
      {/* Keeps the height of the stages, which are placed freely. */}
      <div style={{ height: `${layout.height + 18}px` }} />
      <Wires layout={layout} view={view} preview={preview} />
      <ol class="stages">
        {STAGE_NAMES.filter((name) => layout.places[name]).map((name) => (
          <Node key={name} name={name} layout={layout} target={target} view={view} preview={preview} />
        ))}
      </ol>
    </>
  );
}

interface NodeProps {
  readonly name: string;
  readonly layout: Layout;
  readonly target: Layout;
  readonly view: JobView | null;
  readonly preview: Route | null;
}

function Node({ name, layout, target, view, preview }: NodeProps) {
  const place = layout.places[name]!;
  const stage = view?.stages.get(name);
  const route = view?.job.route ?? null;
  const state = stage?.state ?? 'waiting';
  const slim = isSlim(target.places[name] ?? place);
  const isOnRoute = route === null || ROUTE_STAGES[route]?.includes(name) || stage !== undefined;
  const isFaded = view !== null && (!isOnRoute || (view.isFinished && state === 'waiting'));
  const isHinted = view === null && preview !== null && ROUTE_STAGES[preview]?.includes(name);
  return (
    <li
      class={names(
        'node',
        state,
        slim && 'slim',
        isFaded && 'faded',
        isHinted && 'hint',
        layout.isUpright && 'upright',
        isFlat(place) && 'flat',
        name === 'verify' && !slim && 'is-gate',
      )}
      style={{
        transform: `translate(${place.x}px, ${place.y}px)`,
        width: `${place.w}px`,
        height: `${place.h}px`,
      }}
    >
      <button
        type="button"
        class="card"
        disabled={stage === undefined || isFaded}
        onClick={() => openStage(name)}
      >
        <Card name={name} stage={stage} view={view} isSlim={slim} />
      </button>
      {view?.isFinished && hasEnded(state) && !slim && name !== 'classify' && (
        <IconButton
          icon="rerun"
          label={`Run again from ${name}`}
          class="again"
          onClick={() => void rerunFrom(name)}
        />
      )}
    </li>
  );
}

/** Wires with more to say are drawn above the others. */
const LAYERS: Readonly<Record<string, number>> = { done: 1, live: 2, hint: 2, cut: 2 };

function Wires({ layout, view, preview }: Omit<NodeProps, 'name' | 'target'>) {
  const open = view?.job.route ?? null;
  const { wires, labels, badges } = wiringOf(layout, open);
  const looks = wires
    .map((wire) => ({ ...wire, look: lookOf(view, wire, preview) }))
    .toSorted((a, b) => (LAYERS[a.look] ?? 0) - (LAYERS[b.look] ?? 0));
  return (
    <svg class="wires" aria-hidden="true">
      {looks.map(({ id, d, look }) => (
        <path key={id} class={`wire ${look}`} d={d} pathLength={1} />
      ))}
      {labels.map((label) => (
        <Label
          key={`${label.text} ${label.route}`}
          {...label}
          isHinted={view === null && preview === label.route}
        />
      ))}
      {badges.map((badge) => (
        <VersionBadge key={badge.stage} badge={badge} view={view} />
      ))}
      {open !== null && view !== null && (
        <path
          class={`tip ${view.isAccepted ? 'cancelled' : view.job.status}`}
          d={`M${layout.exit - 4} ${layout.height + 10}l4 6 4-6`}
        />
      )}
    </svg>
  );
}

const Label = ({ x, y, text, isStrong, anchor = 'start', isHinted }: WireLabel & { isHinted: boolean }) => (
  <text x={x} y={y} class={names('label', isStrong && 'strong', isHinted && 'hint')} text-anchor={anchor}>
    {text}
  </text>
);

function VersionBadge({ badge: { x, y, stage }, view }: { badge: Badge; view: JobView | null }) {
  const letter = letterOf(stage) ?? '';
  const isKnown = view?.stages.get(stage)?.state === 'done';
  const isLost = view?.choice != null && !view.choice.startsWith(letter.charAt(0));
  return (
    <g class={names('badge', isKnown && !isLost && 'known')} transform={`translate(${x} ${y})`}>
      <circle r={9.5} />
      <text y={4} text-anchor="middle">
        {letter}
      </text>
      {view?.choice === letter && (
        <path class="pencil-path" d={PENCIL} pathLength={1} transform="translate(-17 -12.5) scale(.34 .42)" />
      )}
    </g>
  );
}
