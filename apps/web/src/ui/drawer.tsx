import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { IconButton } from './controls.tsx';

/** The dialog that is open. */
export const openDialog = signal<'why' | 'history' | 'keys' | 'api-key' | null>(null);

export const closeDialog = () => {
  openDialog.value = null;
};

/** Whether a dialog takes the keys. The browser closes a dialog with Esc at once, and reports that later. */
export function hasOpenDialog(): boolean {
  if (document.querySelector('dialog[open]') === null) closeDialog();
  return openDialog.value !== null;
}

interface DrawerProps {
  readonly id: NonNullable<typeof openDialog.value>;
  readonly title: string;
  readonly look: string;
  /** Stands in the head, after the title. */
  readonly head?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A modal dialog. The browser keeps the focus inside, and closes it with Esc. */
export function Drawer({ id, title, look, head, children }: DrawerProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = openDialog.value === id;
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element === null || element.open === isOpen) return;
    if (isOpen) element.showModal();
    else element.close();
  }, [isOpen]);
  return (
    <dialog
      ref={dialog}
      id={id}
      class={look}
      aria-labelledby={`${id}-title`}
      onClose={() => {
        if (openDialog.value === id) closeDialog();
      }}
      onPointerDown={(event) => {
        if (event.target === dialog.current) closeDialog();
      }}
    >
      {isOpen && (
        <>
          <header class="drawer-head">
            <h2 id={`${id}-title`} tabIndex={-1}>
              {title}
            </h2>
            {head}
            <IconButton icon="close" label="Close (Esc)" onClick={closeDialog} />
          </header>
          {children}
        </>
      )}
    </dialog>
  );
}
