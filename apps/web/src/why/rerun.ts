import type { Role } from '@codegen/contract';
import { signal } from '@preact/signals';
import { begin } from '../state/actions.ts';
import { announce } from '../state/feedback.ts';
import { service } from '../state/service.ts';
import { job } from '../state/watched-job.ts';
import { closeDialog } from '../ui/drawer.tsx';

/** Starts a new job that reuses the outputs of the stages before `from`, and shows it. */
export async function rerunFrom(from: string, role: Role | null = null, model = '') {
  const id = job.value?.id;
  if (id === undefined) return;
  closeDialog();
  const models = role !== null && model !== '' ? { [role]: [model] } : undefined;
  await begin(() => service().rerun(id, { from, ...(models && { models }) }));
  announce(`Running again from ${from}.`);
}

/** The stage that the person chose in the drawer. */
export const chosenStage = signal<string | null>(null);
