import type { Effort, Estimate, Role } from '@codegen/contract';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { dollarsRange, secondsRange, shortModel } from '../format.ts';
import { modelsOf, readEstimate } from '../state/estimate.ts';
import { LANGUAGES, options, setOptions } from '../state/request.ts';
import { features } from '../state/service.ts';

const ROLES: readonly Role[] = ['classifier', 'interpreter', 'generator', 'instructTuned', 'reviewer'];

/** Language, budget, deadline and models of the next request. */
export function OptionsBox() {
  const box = useRef<HTMLFieldSetElement>(null);
  const { language, budget, deadline } = options.value;
  useEffect(() => {
    box.current?.querySelector<HTMLElement>('input:checked')?.focus({ preventScroll: true });
  }, []);
  return (
    <fieldset class="popover" id="options-box" ref={box}>
      <legend class="sr">Options</legend>
      <EffortChoice />
      <Recent />
      <Field label="Language">
        <Choice
          value={language}
          onChange={(value) => setOptions({ language: value })}
          names={LANGUAGES}
          none="Automatic"
        />
      </Field>
      <div class="two">
        <Field label="Budget in US dollars">
          <Amount
            value={budget}
            step={0.01}
            max={1_000}
            onChange={(value) => setOptions({ budget: value })}
          />
        </Field>
        <Field label="Deadline in seconds">
          <Amount
            value={deadline}
            step={1}
            max={43_200}
            onChange={(value) => setOptions({ deadline: value })}
          />
        </Field>
      </div>
      {features.value.models.length > 0 && <Models />}
    </fieldset>
  );
}

const Field = ({ label, children }: { label: string; children: ComponentChildren }) => (
  // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
  <label class="field">
    <span>{label}</span>
    {children}
  </label>
);

interface ChoiceProps {
  readonly value: string;
  readonly names: readonly string[];
  readonly none: string;
  readonly onChange: (value: string) => void;
  readonly show?: (name: string) => string;
}

const Choice = ({ value, names, none, onChange, show = (name) => name }: ChoiceProps) => (
  <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
    <option value="">{none}</option>
    {names.map((name) => (
      <option key={name} value={name}>
        {show(name)}
      </option>
    ))}
  </select>
);

interface AmountProps {
  readonly value: string;
  readonly step: number;
  readonly max: number;
  readonly onChange: (value: string) => void;
}

const Amount = ({ value, step, max, onChange }: AmountProps) => (
  <input
    type="number"
    min={0}
    max={max}
    step={step}
    value={value}
    placeholder="no limit"
    onInput={({ currentTarget }) => onChange(currentTarget.value)}
  />
);

function Models() {
  const { models } = options.value;
  const set = (role: Role, model: string) => setOptions({ models: { ...models, [role]: model } });
  return (
    <details>
      <summary>
        Models <span>the service’s own unless chosen</span>
      </summary>
      {ROLES.map((role) => (
        <Field key={role} label={role}>
          <Choice
            value={models[role] ?? ''}
            names={features.value.models}
            none="default"
            show={shortModel}
            onChange={(model) => set(role, model)}
          />
        </Field>
      ))}
    </details>
  );
}

const EFFORTS: Readonly<Record<Effort, string>> = {
  fast: 'Two drafts, compared and polished without being improved first',
  balanced: 'Two drafts, improved, compared and polished',
  thorough: 'As balanced, with twice as many test cases',
};

/** How much a complex request may take. */
function EffortChoice() {
  const chosen = options.value.effort || features.value.effort;
  const isTested = features.value.testCases;
  return (
    <fieldset class="segments">
      <legend>Effort</legend>
      <div>
        {(Object.keys(EFFORTS) as Effort[]).map((effort) => (
          <label key={effort}>
            <input
              type="radio"
              name="effort"
              checked={effort === chosen}
              aria-describedby="effort-hint"
              onChange={() => setOptions({ effort: effort === features.value.effort ? '' : effort })}
            />
            <span>{effort}</span>
          </label>
        ))}
      </div>
      <p class="hint" id="effort-hint">
        {chosen === 'thorough' && !isTested
          ? 'As balanced: this service runs no test cases'
          : EFFORTS[chosen]}
      </p>
    </fieldset>
  );
}

/** What recent requests took and cost, if that is known. */
function Recent() {
  const [estimate, setEstimate] = useState<Estimate | null>(null);
  const { effort } = options.value;
  const models = modelsOf(options.value);
  const key = JSON.stringify([effort, models]);
  useEffect(() => {
    let isCurrent = true;
    readEstimate({ effort, models }).then(
      (found) => isCurrent && setEstimate(found),
      () => isCurrent && setEstimate(null),
    );
    return () => {
      isCurrent = false;
    };
  }, [key]);
  const complex = estimate?.complex;
  if (!complex?.durationMs) return null;
  const { durationMs, cost } = complex;
  return (
    <p class="hint">
      Recent complex requests{complex.basedOn.simulated && ', simulated'}:{' '}
      {secondsRange({ low: durationMs.low / 1_000, high: durationMs.high / 1_000 })}
      {cost && `, ${dollarsRange(cost)}`}
    </p>
  );
}
