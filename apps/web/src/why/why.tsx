import { signal } from '@preact/signals';
import { job, view } from '../state/watched-job.ts';
import { Tabs } from '../ui/controls.tsx';
import { Drawer, openDialog } from '../ui/drawer.tsx';
import { Bill } from './bill.tsx';
import { Decision } from './decision.tsx';
import { chosenStage } from './rerun.ts';
import { StagesView } from './stages-view.tsx';

type Tab = 'decision' | 'stages' | 'bill';

const tab = signal<Tab>('decision');

export function openWhy(to: Tab = 'decision') {
  if (job.value === null) return;
  tab.value = to;
  openDialog.value = 'why';
}

/** Opens the drawer at a stage. */
export function openStage(name: string) {
  chosenStage.value = name;
  openWhy('stages');
}

/** Why the answer is as it is: the decision, each stage, the bill. */
export function Why() {
  const shown = view.value;
  const hasDecision = Boolean(shown?.job.choice ?? shown?.job.verification);
  const tabs = [
    ...(hasDecision ? [{ id: 'decision' as const, name: 'Decision' }] : []),
    { id: 'stages' as const, name: 'Stages' },
    { id: 'bill' as const, name: 'Bill' },
  ];
  const current = tabs.some(({ id }) => id === tab.value) ? tab.value : 'stages';
  const choose = (id: Tab) => {
    tab.value = id;
  };
  const head = (
    <Tabs label="Why this answer" tabs={tabs} current={current} panel="why-panel" onChoose={choose} />
  );
  return (
    <Drawer
      id="why"
      title={hasDecision ? 'Why this answer' : 'Stages and bill'}
      look="drawer end"
      head={head}
    >
      <div class="drawer-body" id="why-panel" role="tabpanel" aria-labelledby={`why-panel-${current}`}>
        {shown && current === 'decision' && <Decision view={shown} />}
        {shown && current === 'stages' && <StagesView view={shown} />}
        {shown && current === 'bill' && <Bill view={shown} />}
      </div>
    </Drawer>
  );
}
