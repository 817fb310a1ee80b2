import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icons.tsx';

interface ButtonProps {
  readonly look?: string;
  readonly title?: string;
  readonly disabled?: boolean;
  readonly submits?: boolean;
  readonly onClick?: () => void;
  readonly children: ComponentChildren;
}

export const Button = ({
  look = '',
  title,
  disabled = false,
  submits = false,
  onClick,
  children,
}: ButtonProps) => (
  <button
    type={submits ? 'submit' : 'button'}
    class={`button ${look}`}
    title={title}
    disabled={disabled}
    onClick={onClick}
  >
    {children}
  </button>
);

interface IconButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly class?: string;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  readonly controls?: string;
  readonly onClick: () => void;
}

export const IconButton = ({
  icon,
  label,
  pressed,
  expanded,
  controls,
  onClick,
  ...more
}: IconButtonProps) => (
  <button
    type="button"
    class={`icon-button ${more.class ?? ''}`}
    title={label}
    aria-label={label}
    aria-pressed={pressed}
    aria-expanded={expanded}
    aria-controls={controls}
    onClick={onClick}
  >
    <Icon name={icon} />
  </button>
);

export const COMMAND = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';

export const PlusMinus = ({ added, removed }: { added: number; removed: number }) => (
  <span class="plusminus">
    <ins>+{added}</ins>
    {removed > 0 && <del>−{removed}</del>}
  </span>
);

/** Short facts in one line. Falsy ones are left out. */
export const Facts = ({
  of,
  class: name = 'fine',
}: {
  of: readonly (ComponentChildren | false)[];
  class?: string;
}) => (
  <p class={name}>
    {of.filter(Boolean).map((fact, index) => (
      <span key={index}>{fact}</span>
    ))}
  </p>
);

interface TabsProps<Id extends string> {
  readonly label: string;
  readonly tabs: readonly { readonly id: Id; readonly name: string; readonly isFile?: boolean }[];
  readonly current: Id;
  /** Id of the element that shows the current tab. */
  readonly panel: string;
  readonly onChoose: (id: Id) => void;
}

export function Tabs<Id extends string>({ label, tabs, current, panel, onChoose }: TabsProps<Id>) {
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = tabs.findIndex(({ id }) => id === current);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (next === undefined) return;
    onChoose(next.id);
    const list = (event.currentTarget as HTMLElement).closest('[role=tablist]');
    requestAnimationFrame(() => list?.querySelector<HTMLElement>('[aria-selected=true]')?.focus());
  };
  return (
    <div class="tabs" role="tablist" aria-label={label}>
      {tabs.map(({ id, name, isFile }) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={`${panel}-${id}`}
          class={isFile ? 'file' : ''}
          aria-selected={id === current}
          aria-controls={panel}
          tabIndex={id === current ? 0 : -1}
          onClick={() => onChoose(id)}
          onKeyDown={move}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
